#!/usr/bin/env bash
# A .npy file forgets that its numbers are bfloat16 and gives back bytes that cannot be added.
# touches: NumPy, ml_dtypes
# guessed: np.save and np.load of an ml_dtypes bfloat16 array give the array back, or np.save refuses
# seen: the dtype read is void of two bytes, whether or not ml_dtypes is loaded; a view as bfloat16 is right
# here: half-precision weights are stored as safetensors; .npy files hold NumPy's own types
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet ml_dtypes==0.6.0 numpy==2.4.6
cat > program.py <<'END'
import io

import ml_dtypes
import numpy as np

for name in ("bfloat16", "float8_e4m3fn", "int4"):
    array, file = np.arange(3).astype(getattr(ml_dtypes, name)), io.BytesIO()
    np.save(file, array)
    file.seek(0)
    back = np.load(file)
    again = back.view(array.dtype).astype(float).tolist()
    print(name, "saved as", array.dtype.name, "read as", back.dtype.str, "viewed", again)
END
cat > expected <<'END'
bfloat16 saved as bfloat16 read as |V2 viewed [0.0, 1.0, 2.0]
float8_e4m3fn saved as float8_e4m3fn read as |V1 viewed [0.0, 1.0, 2.0]
int4 saved as int4 read as |V1 viewed [0.0, 1.0, 2.0]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
