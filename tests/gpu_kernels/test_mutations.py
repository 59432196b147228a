"""Planted faults in the kernels' own text: each must turn an oracle red."""

import importlib.util
import sys
import types
from pathlib import Path

import pytest
import torch

from groundwork.gpu_kernels import checks
from groundwork.gpu_kernels.outputs import Trespass
from groundwork.gpu_kernels.softmax import ONE_PASS

FOLDER = Path(checks.__file__).parent
BFLOAT = torch.bfloat16

SOFTMAX = {  # fault: right text, wrong text, columns of a row that shows it
    "padding of zeros": ('mask=inside, other=-float("inf"))\n        value', "mask=inside, other=0.0)\n        value", 5),
    "no maximum subtracted": ('value - tl.where(highest == -float("inf"), 0.0, highest)', "value * 8.0", 40),
    "masked rows not defined": ("power / tl.where(total == 0.0, 1.0, total)", "power / total", 5),
    "rows past the end written": ("inside = (row < rows) & (column < columns)\n        row = row.to(tl.int64)\n        value", "inside = (row < rows + 1) & (column < columns)\n        row = row.to(tl.int64)\n        value", 5),
    "columns past the end read": ("& (column < columns)\n        row = row.to(tl.int64)\n        value", "& (column < columns + 1)\n        row = row.to(tl.int64)\n        value", 5),
    "the last tile left out": ("tl.cdiv(rows, ROWS), tl.num_programs(0), num_stages=STAGES\n    ):\n        row = (tile * ROWS + tl.arange(0, ROWS))[:, None]\n        inside = (row < rows) & (column < columns)\n        row = row.to(tl.int64)\n        value", "rows // ROWS, tl.num_programs(0), num_stages=STAGES\n    ):\n        row = (tile * ROWS + tl.arange(0, ROWS))[:, None]\n        inside = (row < rows) & (column < columns)\n        row = row.to(tl.int64)\n        value", 5),
    "old sum not rescaled": ("total * tl.exp(highest - base) + ", "total + ", ONE_PASS + 1),
    "maximum of the last block alone": ("tl.maximum(highest, tl.max(value, axis=0))", "tl.max(value, axis=0)", ONE_PASS + 1),
    "first block not written": ("for step in range(blocks):\n        # Back", "for step in range(blocks - 1):\n        # Back", ONE_PASS + 1),
    "gradient without the common part": ("result = share * (slope - common)", "result = share * slope", 5),
    "gradient's stride forgotten": ("tl.load(dy + row * dy_row + far * dy_column, mask", "tl.load(dy + row * columns + far, mask", 5),
    "long gradient without the common part": ("(slope.to(tl.float32) - common)", "slope.to(tl.float32)", ONE_PASS + 1),
}  # fmt: skip

ATTENTION = {  # fault: file, right text, wrong text
    "sum not rescaled": ("flash_attention", "total = total * shrink", "total = total"),
    "output not rescaled": ("flash_attention", "mixed = mixed * shrink[:, None]", "mixed = mixed"),
    "mask off by one": ("flash_attention", "tl.minimum(row + ahead + 1, tokens_k)", "tl.minimum(row + ahead + 2, tokens_k)"),
    "mask aligned at the first key": ("flash_attention", "ahead = tokens_k - tokens_q  #", "ahead = 0  #"),
    "keys past the end seen": ("flash_attention", "+ tokens_k\n        clear", "+ tokens_k + 1\n        clear"),
    "values past the end not zeroed": ("flash_attention", "tl.load(v_place, mask=there, other=0.0)", "tl.load(v_place)"),
    "last keys left out": ("flash_attention", "end = tl.minimum(tl.maximum((block + 1) * BLOCK_M + ahead, 0), tokens_k)", "end = clear"),
    "diagonal swept without mask": ("flash_attention", "clear, end, D, BLOCK_N, True", "clear, end, D, BLOCK_N, False"),
    "log-sum-exp in powers of two": ("flash_attention", " * 0.6931471805599453", ""),
    "queries without keys not defined": ("flash_attention", "tl.where(seen, total, 1.0)[:, None]", "total[:, None]"),
    "scale dropped": ("flash_attention", "scale * LOG2E,", "LOG2E,"),
    "heads mixed up": ("flash_attention", "(which % heads)", "(which // heads)"),
    "delta dropped": ("flash_backward", "dscore = weight * (dweight - common[None, :])", "dscore = weight * dweight"),
    "delta dropped for queries": ("flash_backward", "(dweight - common[:, None])", "dweight"),
    "slope of the log-sum-exp dropped": ("flash_backward", ".sum(-1) - dlse", ".sum(-1)"),
    "backward mask dropped": ("flash_backward", "weight = tl.where(token[:, None] <= row[None, :] + ahead, weight, 0.0)", "weight = weight"),
    "queries skipped too far": ("flash_backward", "// BLOCK_M * BLOCK_M", "// BLOCK_M * BLOCK_M + BLOCK_M"),
    "key gradient without scale": ("flash_backward", "(dkeys * scale)", "dkeys"),
    "query gradient without scale": ("flash_backward", "(dqueries * scale)", "dqueries"),
}  # fmt: skip

NORMS = {
    "padding in the variance": ("tl.where(inside, value - middle, 0.0)", "value - middle"),
    "divided by the block": ("tl.sum(value, axis=0) / columns", "tl.sum(value, axis=0) / BLOCK"),
    "residual left out": ("value + other.to(tl.float32)", "value"),
    "stream not written": ("tl.store(stream + row * columns + column, rounded, mask=inside)", "pass"),
    "bias left out": ("result += tl.load(bias", "result += 0 * tl.load(bias"),
    "gradient without the mean": ("result -= tl.sum(pull, axis=0) / columns", "pass"),
    "gradient past the norm lost": ("result += tl.load(dstream", "result += 0 * tl.load(dstream"),
    "weights of the last row alone": ("weights += slope * shape", "weights = slope * shape"),
}  # fmt: skip


def planted(folder: Path, file: str, right: str, wrong: str) -> types.ModuleType:
    """The module with one place of its text replaced; Triton reads kernels from their file."""
    text = (FOLDER / f"{file}.py").read_text(encoding="utf-8")
    assert text.count(right) == 1, f"{right!r} is no longer one place of {file}.py"
    path = folder / f"planted_{file}.py"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def red(errors_of) -> bool:
    """Whether the oracle refuses, by its number or by the guards."""
    try:
        return not max(errors_of().values()) <= checks.ALLOWED["bfloat16"]
    except Trespass:
        return True


def attention_red() -> bool:
    cases = [((20, 20), 16, True), ((20, 37), 16, False), ((37, 20), 16, True)]
    return any(red(lambda c=c: checks.attention_errors(*c, BFLOAT, 3)) for c in cases)


def test_the_sound_kernels_pass() -> None:
    assert not any(red(lambda n=n: checks.softmax_errors(9, n, BFLOAT, 3)) for n in (5, 40))
    assert not red(lambda: checks.softmax_errors(2, ONE_PASS + 1, BFLOAT, 3))
    assert not attention_red()
    assert not red(lambda: checks.norm_errors("layer_norm", 9, 21, BFLOAT, 3))


@pytest.mark.parametrize("name", SOFTMAX)
def test_softmax_faults(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong, columns = SOFTMAX[name]
    monkeypatch.setattr(checks, "softmax", planted(tmp_path, "softmax", right, wrong).softmax)
    assert red(lambda: checks.softmax_errors(9 if columns <= ONE_PASS else 2, columns, BFLOAT, 3))


@pytest.mark.parametrize("name", ATTENTION)
def test_attention_faults(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = planted(tmp_path, *ATTENTION[name])
    if ATTENTION[name][0] == "flash_attention":
        monkeypatch.setattr(checks, "flash_attention", module.flash_attention)
    else:
        forward = sys.modules["groundwork.gpu_kernels.flash_attention"]
        monkeypatch.setattr(forward, "gradients", module.gradients)
    assert attention_red()


@pytest.mark.parametrize("name", NORMS)
def test_norm_faults(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = planted(tmp_path, "layer_norm", *NORMS[name])
    monkeypatch.setattr(checks, "layer_norm", module.layer_norm)
    assert red(lambda: checks.norm_errors("layer_norm", 37, 21, BFLOAT, 3))


def test_zeros_left_from_before_do_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap: a kernel that never stores passes a test on zeros; poisoned outputs see it."""
    right = "tl.store(y + row * columns + column, share.to(y.dtype.element_ty), mask=inside)\n\n\n@triton.jit\ndef _online"
    module = planted(tmp_path, "softmax", right, "pass\n\n\n@triton.jit\ndef _online")
    monkeypatch.setattr(checks, "softmax", module.softmax)
    assert red(lambda: checks.softmax_errors(9, 5, BFLOAT, 3))
