"""The reader of GGUF files against the `gguf` package, and what it refuses."""

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from groundwork.alignment.gguf import GGUF, BadFile, encode_q8_0, q8_0
from groundwork.alignment.pretrained import network
from groundwork.core.provenance import ROOT
from groundwork.core.seeds import stream

from .conftest import MERGES, write_gguf

REAL = ROOT / "results" / "data" / "smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def unequal(path: Path) -> list[str]:
    """Tensors whose numbers or shapes differ from the `gguf` package's in any bit."""
    ours, theirs = GGUF(path), gguf.GGUFReader(str(path))
    assert set(ours.tensors) == {tensor.name for tensor in theirs.tensors}
    wrong = []
    for tensor in theirs.tensors:
        numbers = gguf.dequantize(tensor.data, tensor.tensor_type)
        found = ours.read(tensor.name)
        shape = tuple(int(size) for size in tensor.shape[::-1])
        if found.shape != shape or not np.array_equal(found, numbers.reshape(shape)):
            wrong.append(tensor.name)
    return wrong


def test_every_tensor_equals_the_gguf_packages_to_the_bit(gguf_path: Path) -> None:
    assert unequal(gguf_path) == []


@pytest.mark.skipif(not REAL.is_file(), reason="the real model has not been fetched here")
def test_every_tensor_of_the_real_file_equals_too() -> None:
    assert unequal(REAL) == []
    formats = [tensor.format for tensor in GGUF(REAL).tensors.values()]
    assert {name: formats.count(name) for name in set(formats)} == {
        "Q4_1": 210,
        "Q8_0": 1,
        "F32": 61,
    }


def test_metadata_holds_sizes_and_words(gguf_file: GGUF) -> None:
    assert gguf_file.metadata["llama.attention.head_count_kv"] == 2
    assert gguf_file.metadata["tokenizer.ggml.merges"] == MERGES


def test_a_file_cut_anywhere_is_refused_by_name(gguf_path: Path, tmp_path: Path) -> None:
    whole = gguf_path.read_bytes()
    for size in (0, 3, 20, 200, len(whole) // 2, len(whole) - 64):
        cut = tmp_path / "cut.gguf"
        cut.write_bytes(whole[:size])
        with pytest.raises(BadFile, match=r"cut\.gguf"):
            GGUF(cut)


def test_another_file_or_version_is_refused(gguf_path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(BadFile, match="no GGUF"):
        GGUF(other)
    whole = bytearray(gguf_path.read_bytes())
    whole[4:8] = struct.pack("<I", 1)
    other.write_bytes(whole)
    with pytest.raises(BadFile, match="version 1"):
        GGUF(other)


def test_another_quantisation_is_refused_with_the_tensors_name(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"blk\.0\.attn_q.*quantisation.*Q4_1"):
        GGUF(write_gguf(tmp_path / "q5.gguf", kind="Q5_1"))


def test_a_missing_tensor_and_a_wrong_vocabulary_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"lacks the tensor blk\.1\.ffn_up"):
        network(GGUF(write_gguf(tmp_path / "gap.gguf", drop="blk.1.ffn_up")))
    with pytest.raises(BadFile, match="wrong vocabulary"):
        network(GGUF(write_gguf(tmp_path / "rows.gguf", rows=2)))


def test_packing_to_eight_bits_and_back_errs_by_half_a_step_at_most() -> None:
    numbers = stream(0, "pack").normal(size=(6, 32)).astype(np.float32)
    numbers[3] = 0
    back = q8_0(encode_q8_0(numbers).reshape(-1, 34))
    step = np.abs(numbers).max(axis=1, keepdims=True) / 127
    assert (np.abs(back - numbers) <= 0.57 * step).all()
    packed = gguf.quants.quantize(numbers, gguf.GGMLQuantizationType.Q8_0)
    theirs = gguf.dequantize(packed, gguf.GGMLQuantizationType.Q8_0)
    assert np.abs(back - theirs).max() <= 0.02
