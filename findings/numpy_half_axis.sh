#!/usr/bin/env bash
# A float16 sum sticks at 2,048 along one axis and not along the other.
# touches: NumPy
# guessed: 4,096 ones in float16 have one sum, whichever axis they lie on
# seen: 4,096 along a contiguous axis (summed in pairs), 2,048 along a strided one and in einsum; mean is right on both
# here: sums of half-precision numbers are taken in float32 or float64
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet numpy==2.4.6
cat > program.py <<'END'
import numpy as np

ones = np.ones((4096, 2), np.float16)
print("sum, axis 0 of C order", ones.sum(0).tolist())
print("sum, axis 0 of Fortran order", np.asfortranarray(ones).sum(0).tolist())
print("einsum", np.einsum("ij->j", ones).tolist())
print("cumsum, last", float(np.cumsum(ones[:, 0])[-1]))
print("mean", ones.mean(0).tolist())
print("matmul", (ones.T @ ones)[0].tolist())
END
cat > expected <<'END'
sum, axis 0 of C order [2048.0, 2048.0]
sum, axis 0 of Fortran order [4096.0, 4096.0]
einsum [2048.0, 2048.0]
cumsum, last 2048.0
mean [1.0, 1.0]
matmul [4096.0, 4096.0]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
