#!/usr/bin/env bash
# The first optimizer of a process imports PyTorch's compiler and SymPy
# touches: torch.optim
# guessed: torch is imported once and for all; making an optimizer allocates a few objects
# seen: torch.optim.SGD([w], lr=0.1) imports several hundred modules, SymPy among them; in ranks that are copies of one process, each pays for itself
# here: launch imports them before it copies ranks that make optimizers
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > program.py <<'END'
import sys

import torch

before = set(sys.modules)
print("at first: sympy", "sympy" in before, "compiler", "torch._dynamo" in before)
torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
after = set(sys.modules)
print("then: sympy", "sympy" in after, "compiler", "torch._dynamo" in after)
print("more than 500 modules", len(after - before) > 500)
END
cat > expected <<'END'
at first: sympy False compiler False
then: sympy True compiler True
more than 500 modules True
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
