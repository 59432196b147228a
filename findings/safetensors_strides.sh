#!/usr/bin/env bash
# safetensors.numpy stores a transposed array with its values out of place.
# touches: safetensors, NumPy
# guessed: a transposed or strided array is stored as it reads, or refused
# seen: shape and dtype are right and the values are those of the underlying memory, without a word
# here: weights are written by safetensors.torch, which refuses what is not contiguous
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet safetensors==0.8.0 numpy==2.4.6
cat > program.py <<'END'
import numpy as np
from safetensors.numpy import load, save

a = np.arange(6, dtype=np.float32).reshape(2, 3)
for name, array in (("transposed", a.T), ("every other column", a[:, ::2]), ("as made", a)):
    back = load(save({"x": array}))["x"]
    print(name, array.tolist(), "->", back.tolist(), "same" if (back == array).all() else "CHANGED")
END
cat > expected <<'END'
transposed [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]] -> [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]] CHANGED
every other column [[0.0, 2.0], [3.0, 5.0]] -> [[0.0, 1.0], [2.0, 3.0]] CHANGED
as made [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] -> [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] same
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
