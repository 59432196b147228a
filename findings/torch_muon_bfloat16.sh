#!/usr/bin/env bash
# torch.optim.Muon multiplies in bfloat16, which costs a processor without units for it many times float32
# touches: torch CPU, Muon
# guessed: parameters of float32 on a CPU are orthogonalised in float32, in about the time that these products take
# seen: several times that time on a processor with neither AVX512-BF16 nor AMX (twelve times on one with AVX2); the update is right to bfloat16's three digits
# here: room 6.2 has a Muon of its own, in float32, which takes kernels of convolutions too
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > program.py <<'END'
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(0)
matrices = [torch.nn.Parameter(torch.randn(64, 576)) for _ in range(8)]
optimizer = torch.optim.Muon(matrices, lr=0.02, weight_decay=0.0)


def float32():
    """The same five rounds without a change of type."""
    found = []
    for m in matrices:
        x = m.grad / m.grad.norm()
        for _ in range(5):
            gram = x @ x.T
            x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
        found.append(x)
    return found


def seconds(work):
    found = []
    for _ in range(9):
        for m in matrices:
            m.grad = torch.randn_like(m)
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


flags = open("/proc/cpuinfo").read()
units = "avx512_bf16" in flags or "amx_bf16" in flags
slower = seconds(optimizer.step) / seconds(float32)
print("as fast as float32 within a factor of 3, or the processor has no units for bfloat16:", slower < 3 or not units)
print("more than 3 times as slow, or the processor has such units:", slower > 3 or units)
for m in matrices:
    m.grad = torch.randn_like(m)
fresh = torch.nn.Parameter(torch.zeros(64, 576))
fresh.grad = matrices[0].grad
torch.optim.Muon([fresh], lr=1.0, weight_decay=0.0, momentum=0.0, nesterov=False).step()
error = float((fresh.detach() + float32()[0]).norm() / fresh.detach().norm())
print("the update differs from float32's by more than 1e-3:", error > 1e-3)
print("and by less than 3e-2:", error < 3e-2)
END
cat > expected <<'END'
as fast as float32 within a factor of 3, or the processor has no units for bfloat16: True
more than 3 times as slow, or the processor has such units: True
the update differs from float32's by more than 1e-3: True
and by less than 3e-2: True
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
