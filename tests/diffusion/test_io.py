"""Files: checkpoints whole and in half precision, and those that are refused."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from groundwork.diffusion import ScheduleConfig
from groundwork.diffusion.drawing import mosaic, square
from groundwork.diffusion.io import HEADER, load, save, scaled, to_bytes


def test_a_checkpoint_gives_the_same_model_back(small, tmp_path):
    save(tmp_path / "a.safetensors", small)
    found = load(tmp_path / "a.safetensors", schedule=small.config.schedule)
    assert found.config == small.config
    x, t = torch.randn(2, 1, 8, 8), torch.tensor([3, 40])
    assert torch.equal(found(x, t), small(x, t))


def test_half_precision_halves_the_file_and_barely_moves_the_prediction(small, tmp_path):
    for name, dtype in (("whole", torch.float32), ("half", torch.float16)):
        save(tmp_path / f"{name}.safetensors", small, dtype=dtype)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("whole", "half")]
    assert sizes[1] < 0.8 * sizes[0]
    x, t = torch.randn(2, 1, 8, 8), torch.tensor([3, 40])
    found = load(tmp_path / "half.safetensors")
    assert next(found.parameters()).dtype == torch.float32
    assert torch.allclose(found(x, t), small(x, t), atol=2e-2)


def test_a_checkpoint_of_another_schedule_is_refused_by_name(small, tmp_path):
    path = tmp_path / "a.safetensors"
    save(path, small)
    with pytest.raises(ValueError, match=r"a\.safetensors was trained under .*steps=50.* not"):
        load(path, schedule=ScheduleConfig())


def test_a_file_of_something_else_is_refused_by_name(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"other\.safetensors holds no diffusion checkpoint"):
        load(tmp_path / "other.safetensors")


def test_a_checkpoint_of_another_version_is_refused_by_name(small, tmp_path):
    """One whose network was set up by other names, as this room's own was once (groups)."""
    path = tmp_path / "a.safetensors"
    save(path, small)
    with safe_open(str(path), framework="pt") as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    entries = {"groups" if k == "group" else k: v for k, v in json.loads(header[HEADER]).items()}
    save_file(tensors, path, metadata={HEADER: json.dumps(entries)})
    with pytest.raises(ValueError, match=r"a\.safetensors was written for another .*group, groups"):
        load(path)


def test_bytes_survive_the_way_to_images_and_back():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    np.testing.assert_array_equal(to_bytes(scaled(pixels)), pixels)
    assert to_bytes(torch.tensor([[[[-3.0, 3.0]]]])).tolist() == [[[0, 255]]]


def test_a_mosaic_keeps_rows_columns_and_gaps():
    images = np.arange(4, dtype=float).reshape(2, 2, 1, 1) * np.ones((1, 1, 3, 3))
    found = mosaic(images, gap=1)
    assert found.shape == (7, 7)
    assert found[0, 0] == 0
    assert found[0, 6] == 1
    assert found[6, 0] == 2
    assert np.isnan(found[3]).all()
    assert square(np.zeros((10, 3, 3)), 10).shape == (3, 3, 3, 3)
