"""What the wrappers refuse, and that the refusal says what to do."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from groundwork.core.provenance import ROOT
from groundwork.core.result import canonical
from groundwork.gpu_kernels import flash_attention, layer_norm, rms_norm, softmax
from groundwork_harness.pipeline.config import complete

x = torch.randn(1, 2, 4, 16)
w = torch.ones(16)
REFUSED = {
    "not a tensor": (TypeError, "x is a list", lambda: softmax([1.0])),
    "integers": (TypeError, "convert it: x.float()", lambda: softmax(torch.arange(3))),
    "float64": (TypeError, "float64", lambda: softmax(torch.zeros(3, dtype=torch.float64))),
    "a scalar": (ValueError, "x[None]", lambda: softmax(torch.tensor(1.0))),
    "sparse": (ValueError, "to_dense", lambda: softmax(torch.eye(3).to_sparse())),
    "another device": (ValueError, "on meta", lambda: softmax(torch.empty(3, device="meta"))),
    "three axes": (ValueError, "q has 3 axes, not 4", lambda: flash_attention(x[0], x, x)),
    "head size": (ValueError, "pad q, k and v", lambda: flash_attention(*[x[..., :5]] * 3)),
    "heads": (ValueError, "k has shape (1, 1, 4, 16)", lambda: flash_attention(x, x[:, :1], x)),
    "values": (ValueError, "v has shape (1, 2, 3, 16)", lambda: flash_attention(x, x, x[:, :, :3])),
    "two dtypes": (TypeError, "k torch.float16", lambda: flash_attention(x, x.half(), x)),
    "scale": (ValueError, "positive and finite", lambda: flash_attention(x, x, x, scale=-1.0)),
    "weight": (ValueError, "weight has 8 entries", lambda: rms_norm(x, w[:8])),
    "bias": (ValueError, "bias has 2 axes", lambda: layer_norm(x, w, w[None])),
    "residual": (ValueError, "residual has shape", lambda: rms_norm(x, w, x[..., :2, :])),
    "eps": (ValueError, "eps is 0", lambda: rms_norm(x, w, eps=0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_by_name(name: str) -> None:
    kind, words, call = REFUSED[name]
    with pytest.raises(kind, match=re.escape(words)):
        call()


def run(code: str, **environment: str) -> str:
    """What a fresh Python prints; it does not inherit the interpreter."""
    words = [sys.executable, "-c", code]
    settings = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(words, env=settings, capture_output=True, text=True, check=True).stdout


TRY = """
try:
    softmax(torch.zeros(3))
except Exception as problem:
    print(type(problem).__name__, problem)
"""


def test_without_gpu_and_interpreter_the_message_names_both() -> None:
    said = run("import torch\nfrom groundwork.gpu_kernels import softmax\n" + TRY)
    assert "needs a CUDA GPU" in said
    assert "TRITON_INTERPRET=1" in said


def test_without_triton_the_room_imports_and_says_why_it_cannot_run() -> None:
    hide = "import sys, torch\nsys.modules['triton'] = None\n"
    code = hide + "from groundwork.gpu_kernels import reference, softmax\n" + TRY
    code += "print(reference.softmax(torch.zeros(2)).tolist())"
    said = run(code)
    assert "ModuleNotFoundError Triton is not installed here" in said
    assert "[0.5, 0.5]" in said


@pytest.mark.parametrize("name", ["oracles", "counts", "compiled"])
def test_without_triton_a_step_writes_that_it_did_not_run(name: str, tmp_path: Path) -> None:
    """Neither its module nor its distribution is there; the page still renders, and says so."""
    settings = canonical(complete({"scale": "smoke"})["gpu_kernels"][name])
    script = ROOT / "workflow" / "steps" / "gpu_kernels" / f"{name}.py"
    options = [
        "--settings",
        settings,
        "--json",
        str(tmp_path / "r.json"),
        "--table",
        str(tmp_path / "t.csv"),
    ]
    hide = (
        "import importlib.metadata as m, runpy, sys\nsys.modules['triton'] = None\nfind = m.version\n"
        "def version(name):\n"
        "    if name == 'triton': raise m.PackageNotFoundError(name)\n"
        "    return find(name)\n"
        f"m.version = version\nsys.argv = {[str(script), *options]!r}\n"
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    run(hide)
    record = json.loads((tmp_path / "r.json").read_text())
    assert "triton" not in record["provenance"]["versions"]
    assert "not " in str(next(iter(record["claims"].values()))["value"])
    assert "no Triton here" in (tmp_path / "t.csv").read_text()
