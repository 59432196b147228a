#!/usr/bin/env bash
# A sum to one rank overwrites the tensors of all other ranks.
# touches: gloo, torch.distributed
# guessed: dist.reduce writes to the receiving rank's tensor alone, as MPI's reduce does
# seen: the others end with partial sums, by the place in the tensor: own, joined or finished numbers
# here: sharded training drops what it sends (data_parallel/sharded.py); tests/findings/test_sums.py
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet torch==2.13.0 numpy==2.4.6
cat > program.py <<'END'
import os
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def rank(r, file, size, out):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", store=dist.FileStore(file, size), rank=r, world_size=size)
    x = torch.arange(5.0) + 10 * r
    dist.reduce(x, 0)
    for turn in range(size):
        if turn == r:
            with open(out, "a") as lines:
                print("rank", r, "sent", (torch.arange(5.0) + 10 * r).tolist(), "holds", x.tolist(), file=lines)
        dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    mp.spawn(rank, (os.path.join(folder, "store"), 3, os.path.join(folder, "out")), nprocs=3)
    print(open(os.path.join(folder, "out")).read(), end="")
END
cat > expected <<'END'
rank 0 sent [0.0, 1.0, 2.0, 3.0, 4.0] holds [30.0, 33.0, 36.0, 39.0, 42.0]
rank 1 sent [10.0, 11.0, 12.0, 13.0, 14.0] holds [30.0, 32.0, 36.0, 39.0, 14.0]
rank 2 sent [20.0, 21.0, 22.0, 23.0, 24.0] holds [20.0, 21.0, 24.0, 26.0, 42.0]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
