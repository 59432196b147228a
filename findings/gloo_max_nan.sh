#!/usr/bin/env bash
# A maximum over ranks loses NaN in some elements and real numbers in others.
# touches: gloo, torch.distributed
# guessed: NaN on one rank is NaN in the maximum of all, in each element, as torch.maximum has it; or is ignored in each
# seen: by the place in the tensor: NaN here, there the number of one rank, and not the largest either
# here: data_parallel/training.py gathers the numbers whose maximum it wants; tests/findings/test_met.py
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
    x = torch.full((12,), float("nan") if r == 1 else 1.0 + r)
    dist.all_reduce(x, dist.ReduceOp.MAX)
    return (x.tolist(),)


if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    mp.spawn(rank, (os.path.join(folder, "store"), 3, os.path.join(folder, "out")), nprocs=3)
    print(open(os.path.join(folder, "out")).read(), end="")
END
cat > expected <<'END'
rank 0 [1.0, 1.0, 1.0, 1.0, nan, nan, nan, nan, 3.0, 3.0, 3.0, 3.0]
rank 1 [1.0, 1.0, 1.0, 1.0, nan, nan, nan, nan, 3.0, 3.0, 3.0, 3.0]
rank 2 [1.0, 1.0, 1.0, 1.0, nan, nan, nan, nan, 3.0, 3.0, 3.0, 3.0]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
