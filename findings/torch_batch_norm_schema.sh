#!/usr/bin/env bash
# The schema of batch_norm does not say that it changes its running statistics.
# touches: torch
# guessed: schemas declare every argument that an operator writes to, batch_norm's running mean among them
# seen: aten.batch_norm and native_batch_norm declare none and write to both; _native_batch_norm_legit declares them
# here: sizes and orders of a traced graph are tested on models in eval()
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > program.py <<'END'
import torch

for name in ("batch_norm", "native_batch_norm", "instance_norm", "_native_batch_norm_legit"):
    schema = getattr(torch.ops.aten, name).default._schema
    written = [a.name for a in schema.arguments if a.alias_info and a.alias_info.is_write]
    print(name, "mutable" if schema.is_mutable else "not mutable", written)
mean, variance = torch.zeros(2), torch.ones(2)
torch.ops.aten.native_batch_norm(torch.ones(4, 2), None, None, mean, variance, True, 0.5, 1e-5)
print("running mean after one call", mean.tolist())
END
cat > expected <<'END'
batch_norm not mutable []
native_batch_norm not mutable []
instance_norm not mutable []
_native_batch_norm_legit mutable ['running_mean', 'running_var']
running mean after one call [0.5, 0.5]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
