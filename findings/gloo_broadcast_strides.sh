#!/usr/bin/env bash
# broadcast of a transposed tensor arrives with its values out of place.
# touches: gloo, torch.distributed
# guessed: each rank holds the tensor that rank 0 holds, or the strided tensor is refused
# seen: no error, and a contiguous receiver of the same shape gets the values in the order of the sender's memory
# here: data_parallel/training.py sends contiguous copies; tests/findings/test_met.py
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
    x = torch.arange(6.0).reshape(2, 3).T if r == 0 else torch.zeros(3, 2)
    dist.broadcast(x, 0)
    return x.shape, x.tolist()


if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    mp.spawn(rank, (os.path.join(folder, "store"), 2, os.path.join(folder, "out")), nprocs=2)
    print(open(os.path.join(folder, "out")).read(), end="")
END
cat > expected <<'END'
rank 0 torch.Size([3, 2]) [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
rank 1 torch.Size([3, 2]) [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
