"""Compiling and tuning need Triton outside its interpreter: both run in a Python of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundwork.core.files import read_table
from groundwork.core.provenance import ROOT
from groundwork.gpu_kernels.checks import DTYPES
from groundwork.gpu_kernels.compiled import calls_of, compile_call, shapes


def run(words: list[str], folder: Path) -> str:
    settings = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    settings |= {"PYTHONPATH": str(ROOT / "src"), "TRITON_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run([sys.executable, *words], env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_kernels_become_machine_code_without_a_gpu(tmp_path: Path) -> None:
    step = ROOT / "workflow" / "steps" / "gpu_kernels" / "compiled.py"
    settings = {"uses": ["softmax, 4,096 columns"], "dtypes": ["float16"], "capabilities": [90],
                "candidates": False}  # fmt: skip
    words = [str(step), "--settings", json.dumps(settings), "--json", str(tmp_path / "c.json")]
    run([*words, "--table", str(tmp_path / "c.csv")], tmp_path)
    rows = read_table(tmp_path / "c.csv")
    assert [row["kernel"] for row in rows] == ["one pass", "one pass backward"]
    assert all(int(row["registers"]) > 8 and int(row["spilled"]) == 0 for row in rows)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_use_asks_for_its_kernels_forward_and_backward(dtype: str) -> None:
    launches = {use: len(calls_of(call)) for use, call in shapes(DTYPES[dtype]).items()}
    assert {use: n for use, n in launches.items() if n != (3 if "attention" in use else 2)} == {}
    call = calls_of(shapes(DTYPES[dtype])["softmax, 200 columns"])[0]
    assert call.candidates()
    with pytest.raises(RuntimeError, match="unset it"):
        compile_call(call, call.candidates()[0], 90)


HALF = """
import re

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from groundwork.gpu_kernels import compiled
from groundwork.gpu_kernels.checks import DTYPES

# Triton's own form of a kernel, before LLVM: that adds two float16 numbers which are widened, added
# and rounded at once in float16, which is the same number.
ARITHMETIC = re.compile(
    r"\\b(?:arith|math)\\.(?!extf|truncf|constant|select)\\w+ .* : (?:tensor<(?:\\d+x)+)?(b?f16)\\b"
)


@triton.jit
def total(x, out, N: tl.constexpr):
    tl.store(out, tl.sum(tl.load(x + tl.arange(0, N)), 0))


@triton.jit
def prefix(x, out, N: tl.constexpr):
    tl.store(out + tl.arange(0, N), tl.cumsum(tl.load(x + tl.arange(0, N)), 0))


@triton.jit
def product(x, out, N: tl.constexpr):
    place = tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    value = tl.load(x + place)
    tl.store(out + place, tl.dot(value, value))


def half_arithmetic(built):
    return set(ARITHMETIC.findall(built.asm["ttir"]))


plain, builds = triton.compile, []
compiled.triton.compile = lambda *given, **options: builds.append(plain(*given, **options)) or builds[-1]
for name, dtype in DTYPES.items():
    for use in ("softmax, 4,096 columns", "softmax, 100,000 columns", "layer norm, 4,096 columns",
                "attention, d = 64, causal"):
        for call in compiled.calls_of(compiled.shapes(dtype)[use]):
            compiled.compile_call(call, call.candidates()[0], 90)
            assert half_arithmetic(builds[-1]) == set(), (name, use)
assert len(builds) == 9 * len(DTYPES), len(builds)

for kernel in (total, prefix, product):
    for kind in ("fp16", "bf16"):
        signature = {"x": f"*{kind}", "out": "*fp32", "N": "constexpr"}
        built = plain(ASTSource(kernel, signature, {"N": 64}), target=GPUTarget("cuda", 90, 32))
        half = {"fp16": "f16", "bf16": "bf16"}[kind]
        if kernel is product:
            assert half_arithmetic(built) == set() and f".f32.{half}.{half}" in built.asm["ptx"]
        else:
            assert half_arithmetic(built) == {half}
print("read")
"""


def test_no_kernel_adds_in_half_precision_on_a_card_although_triton_would(tmp_path: Path) -> None:
    """tl.sum and tl.cumsum add in the type they are given; tl.dot sums in float32 (triton 3.9)."""
    program = tmp_path / "half.py"  # Triton reads a kernel's source from its file
    program.write_text(HALF)
    assert "read" in run([str(program)], tmp_path)


TUNE = """
import torch
from groundwork.gpu_kernels import launch
from groundwork.gpu_kernels.flash_attention import forward
from groundwork.gpu_kernels.softmax import one_pass

class Kernel:  # stands for the compiled kernel: notes what it is asked to run
    ran = []
    def run(self, *args, **options):
        self.ran.append((options.get("ROWS"), options.get("BLOCK_M"), options["num_warps"]))

def times(call, quantiles):
    call()
    return [1.0 / Kernel.ran[-1][2]] * 3  # more warps, less time

for launcher in (one_pass, forward):
    launcher.search.fn, launcher.search._do_bench = Kernel(), times
x = torch.empty(100, 200)
one_pass((1,), x, x, 100, 200, 200, 1, BLOCK=256)
(timed,) = one_pass.times.values()
assert all(launch.Launcher.fits(one_pass, c, {"BLOCK": 256}) for c in timed), timed
assert Kernel.ran[-1][2] == 16 == max(c.num_warps for c in timed), Kernel.ran[-1]
q = torch.empty(1, 1, 512, 64, dtype=torch.float16)
for tokens in (40, 4096):
    meta = dict(D=64, CAUSAL=False, PRECISION="ieee", SHORT=tokens <= 64)
    forward((1,), q, q, q, q, q, *[1] * 12, 1, tokens, tokens, 1.0, **meta)
small, large = ([c.kwargs["BLOCK_M"] for c in found] for found in forward.times.values())
assert max(small) <= 32 and min(large) >= 64, (small, large)
before = len(Kernel.ran)
forward((1,), q, q, q, q, q, *[1] * 12, 1, 8192, 8192, 1.0, **meta)
assert len(Kernel.ran) == before + 1, "a known key is not timed again"
rows = forward.timings()
assert sum(row["chosen"] for row in rows) == 2 and len(rows) == len(small) + len(large)
print("tuned")
"""


def test_the_autotuner_times_what_fits_keeps_the_fastest_and_keys_short_sequences_apart(
    tmp_path: Path,
) -> None:
    assert "tuned" in run(["-c", TUNE], tmp_path)
