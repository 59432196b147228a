#!/usr/bin/env bash
# Group norm of channels-last tensors slows down several times when a group has fewer channels than a vector
# touches: torch CPU, group norm
# guessed: the number of groups changes which numbers are averaged and hardly the time
# seen: forward on channels-last tensors, two channels a group take several times as long as eight; contiguous tensors do not care
# here: the U-Net of room 6.2 has groups of eight channels; its training step became a tenth faster
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


def seconds(groups, layout):
    norm = torch.nn.GroupNorm(groups, 16)
    x = torch.randn(32, 16, 28, 28).contiguous(memory_format=layout)
    found = []
    with torch.no_grad():
        for _ in range(40):
            start = time.perf_counter()
            norm(x)
            found.append(time.perf_counter() - start)
    return min(found)


for name, layout in (("channels last", torch.channels_last), ("contiguous", torch.contiguous_format)):
    ratio = seconds(8, layout) / seconds(2, layout)
    print(name, "eight groups over two: more than 3 times as slow", ratio > 3)
END
cat > expected <<'END'
channels last eight groups over two: more than 3 times as slow True
contiguous eight groups over two: more than 3 times as slow False
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
