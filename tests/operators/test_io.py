"""Reading weights and digits: what is read, and what is refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from groundwork.operators import io

torch = pytest.importorskip("torch")


def test_layers_become_matrices(tmp_path: Path) -> None:
    kernel = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32).reshape(2, 3, 2, 2)
    state = {
        "module.a.weight": kernel,
        "module.a.bias": torch.zeros(2),
        "module.b.weight": torch.ones(3, 2),
    }
    path = tmp_path / "resnet20-abc.th"
    torch.save({"state_dict": state, "best_prec1": 90.0}, path)
    layers = io.read_matrices(path)
    assert list(layers) == ["a", "b"]
    assert layers["a"].shape == (2, 12)
    assert layers["a"].dtype == np.float64
    assert layers["a"][1, 5] == kernel[1, 1, 0, 1].item()
    assert io.network_name(path) == "ResNet-20"


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1/0",)


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.th"
    torch.save({"state_dict": Harmful()}, path)
    with pytest.raises(Exception, match=r"(?i)weights.only|unsupported"):
        io.read_state(path)
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match="state_dict"):
        io.read_state(path)


def test_idx(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    head = b"\x00\x00\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (2, 2, 3))
    path.write_bytes(gzip.compress(head + bytes(range(12))))
    assert io.read_idx(path).tolist() == np.arange(12).reshape(2, 2, 3).tolist()
    for bad, words in ((head + bytes(11), "cut short"), (b"<html>", "not an IDX")):
        path.write_bytes(gzip.compress(bad))
        with pytest.raises(ValueError, match=words):
            io.read_idx(path)
