#!/usr/bin/env bash
# The same tensors and metadata give a file of other bytes at each start of Python.
# touches: safetensors
# guessed: equal tensors and equal metadata give equal bytes, in the order in which they were handed over
# seen: entries of the metadata come in an order drawn anew each time; tensors by the size of their type, then by name
# here: metadata is one entry that holds all (transformer/io.py, diffusion/io.py)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet safetensors==0.8.0 numpy==2.4.6
cat > program.py <<'END'
import json
import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from safetensors.numpy import save
tensors = {"z": np.zeros(2, np.float32), "a": np.ones(3, np.float16), "c": np.ones(1), "b": np.ones(1, np.int8)}
metadata = {str(number): "text" for number in range(int(sys.argv[1]))}
sys.stdout.buffer.write(save(tensors, metadata))
"""


def files(entries):
    call = [sys.executable, "-c", PROGRAM, str(entries)]
    return [subprocess.run(call, capture_output=True, check=True).stdout for _ in range(4)]


for entries in (1, 12):
    found = files(entries)
    header = json.loads(found[0][8 : 8 + int.from_bytes(found[0][:8], "little")])
    print(entries, "entries:", "equal bytes" if len(set(found)) == 1 else "other bytes each time")
print("tensors", [name for name in header if name != "__metadata__"])
END
cat > expected <<'END'
1 entries: equal bytes
12 entries: other bytes each time
tensors ['c', 'z', 'a', 'b']
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
