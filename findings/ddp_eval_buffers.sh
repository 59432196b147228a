#!/usr/bin/env bash
# DDP overwrites batch-norm statistics in evaluation too.
# touches: torch DDP
# guessed: buffers are sent from rank 0 before a training step, and evaluation leaves each rank its own
# seen: a forward pass in eval() replaces them as well: statistics that a rank set for itself are lost
# here: nothing; the models trained on several ranks have no buffers
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > program.py <<'END'
import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def rank(r, file, size, out):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", store=dist.FileStore(file, size), rank=r, world_size=size)
    found = work(r, size)
    for turn in range(size):
        if turn == r:
            with open(out, "a") as lines:
                print("rank", r, *found, file=lines)
        dist.barrier()
    dist.destroy_process_group()


def work(r, size):
    norm = torch.nn.BatchNorm1d(1)
    model = torch.nn.parallel.DistributedDataParallel(norm).eval()
    norm.running_mean.fill_(5.0 + r)
    before = norm.running_mean.item()
    model(torch.zeros(2, 1))
    return "before", before, "after", norm.running_mean.item()


if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    mp.spawn(rank, (os.path.join(folder, "store"), 2, os.path.join(folder, "out")), nprocs=2)
    print(open(os.path.join(folder, "out")).read(), end="")
END
cat > expected <<'END'
rank 0 before 5.0 after 5.0
rank 1 before 6.0 after 5.0
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
