#!/usr/bin/env bash
# Triton sums half precision in half precision, and adds in it what a kernel widened first.
# touches: Triton
# guessed: tl.sum of half precision accumulates in float32 as tl.dot does, and arithmetic after .to(tl.float32) stays in float32
# seen: compiled for compute capability 9.0 (no card is needed), tl.sum adds in its input's own type; two numbers widened, added and rounded again are one addition in half precision, the same number; three stay in float32
# here: kernels widen before they sum; a test reads each kernel before the compiler has narrowed it (tests/gpu_kernels/test_compiled.py)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet triton==3.9.0
cat > program.py <<'END'
import re

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource


@triton.jit
def total(x, y, N: tl.constexpr):
    tl.store(y, tl.sum(tl.load(x + tl.arange(0, N)), 0))


@triton.jit
def widened(x, y, N: tl.constexpr):
    i = tl.arange(0, N)
    a, b = tl.load(x + i).to(tl.float32), tl.load(x + N + i).to(tl.float32)
    tl.store(y + i, (a + b).to(y.dtype.element_ty))


@triton.jit
def three(x, y, N: tl.constexpr):
    i = tl.arange(0, N)
    a, b = tl.load(x + i).to(tl.float32), tl.load(x + N + i).to(tl.float32)
    tl.store(y + i, (a + b + a).to(y.dtype.element_ty))


for kernel in (total, widened, three):
    for kind in ("fp16", "bf16"):
        signature = {"x": f"*{kind}", "y": f"*{kind}", "N": "constexpr"}
        built = triton.compile(ASTSource(kernel, signature, {"N": 4096}), target=GPUTarget("cuda", 90, 32))
        print(kernel.__name__, kind, *sorted(set(re.findall(r"\b(?:add|fma|mul)\.\S*[fb]\S*", built.asm["ptx"]))))
END
cat > expected <<'END'
total fp16 add.f16 add.f16x2
total bf16 add.bf16 add.bf16x2
widened fp16 add.f16
widened bf16 add.bf16
three fp16 add.f32
three bf16 add.f32
END
TRITON_CACHE_DIR="$work/cache" PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
