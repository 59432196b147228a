#!/usr/bin/env bash
# Triton's interpreter cuts float32 to bfloat16 where a device rounds.
# touches: Triton's interpreter
# guessed: x.to(tl.bfloat16) rounds to the nearest, as torch does and as the documentation says of a downcast
# seen: it drops the low bits: 1 + 3/512 becomes 1, torch gives 1.0078125; float16 is rounded right
# here: gpu_kernels/checks.py allows bfloat16 twice the rounding error in the interpreter; kernels compute in float32
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 triton==3.9.0 numpy==2.4.6
cat > program.py <<'END'
import pathlib
import subprocess
import sys

pathlib.Path("cast.py").write_text("""
import torch
import triton
import triton.language as tl

@triton.jit
def cast(x, b, h, N: tl.constexpr):
    i = tl.arange(0, N)
    v = tl.load(x + i)
    tl.store(b + i, v.to(tl.bfloat16).to(tl.float32))
    tl.store(h + i, v.to(tl.float16).to(tl.float32))

x = torch.tensor([1 + 3 / 512, -2.7, 1 / 3, 1 + 3 / 4096])
b, h = torch.empty(4), torch.empty(4)
cast[(1,)](x, b, h, N=4)
print("bfloat16, interpreter", b.tolist())
print("bfloat16, torch", x.bfloat16().float().tolist())
print("float16, interpreter equals torch", torch.equal(h, x.half().float()))
""")
import os

subprocess.run([sys.executable, "cast.py"], check=True, env=os.environ | {"TRITON_INTERPRET": "1"})
END
cat > expected <<'END'
bfloat16, interpreter [1.0, -2.6875, 0.33203125, 1.0]
bfloat16, torch [1.0078125, -2.703125, 0.333984375, 1.0]
float16, interpreter equals torch True
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
