#!/usr/bin/env bash
# torch.export forgets the name of a Dim and shares its buffers with every module made of it.
# touches: torch.export
# guessed: Dim("batch") is called batch in the exported program, and module() gives a copy
# seen: the size is called s and a number, and running a module() moves the batch-norm counters in the program's own state_dict
# here: the scheduler's importer takes sizes by argument and position
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > program.py <<'END'
import re

import torch
from torch.export import Dim, export

model = torch.nn.BatchNorm1d(3)
program = export(model, (torch.randn(4, 3),), dynamic_shapes=({0: Dim("batch", min=2, max=64)},))
for symbol, bounds in program.range_constraints.items():
    print("size", re.sub(r"\d+", "N", str(symbol)), bounds)
print("the word batch is a size of the program:", "batch" in {str(s) for s in program.range_constraints})
print("counter before", program.state_dict["num_batches_tracked"].item())
program.module()(torch.randn(5, 3))
print("counter after", program.state_dict["num_batches_tracked"].item())
END
cat > expected <<'END'
size sN VR[2, 64]
the word batch is a size of the program: False
counter before 0
counter after 1
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
