"""Train the cells of the paper's table one by one at the paper's own scale, and record each.

    python workflow/record/reproduction.py --workers 2

trains what `groundwork.reproduction.grid` lists, in its order, each on one thread, and writes
a JSON and an .npz per finished cell to src/recorded/<machine>/reproduction. What is recorded already
is left alone; what is refused (other code, other settings, half a cell) is named and trained again.
It may be stopped at any time and started again: a cell that was under way goes on where its last
checkpoint was, at most half a minute earlier, and ends with the same bits. Needs
`snakemake --cores 2 results/native/libgroundwork_reproduction.so`.
"""

import argparse
import fcntl
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

from groundwork.core.provenance import device  # noqa: E402  (the path comes first)
from groundwork.reproduction import cells, grid  # noqa: E402
from groundwork.reproduction import io as records  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recorded", type=Path, default=ROOT / "src" / "recorded")
    parser.add_argument("--scratch", type=Path, default=ROOT / "results" / "recording")
    parser.add_argument("--workers", type=int, default=1, help="processes, each with one thread")
    parser.add_argument("--cells", type=int, default=10_000, help="stop after so many")
    parser.add_argument("--only", default="", help="cells whose name begins so, as a1-g-0.555556")
    options = parser.parse_args()
    if options.workers > 1:
        rest = [word for word in sys.argv[1:] if word not in ("--workers", str(options.workers))]
        command = [sys.executable, __file__, *rest]
        workers = [subprocess.Popen(command) for _ in range(options.workers)]
        return max(worker.wait() for worker in workers)
    processor = device().rpartition(", ")[0]  # how many cores it has changes no cell
    slug = re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
    target = options.recorded / slug / "reproduction"
    return _work(target, options.scratch, options.cells, options.only)


def _work(target: Path, scratch: Path, most: int, only: str) -> int:
    """Take cells that nobody has, until none is left or `most` are done."""
    target.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    done = 0
    for cell in grid.ordered():
        if not cell.name.startswith(only):
            continue
        if done == most:
            break
        with open(scratch / f"{cell.name}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # another worker has it
            done += _one(cell, target, scratch / f"{cell.name}.npz")
    return 0


def _one(cell: cells.Cell, target: Path, checkpoint: Path) -> int:
    """Record one cell unless it is recorded."""
    training = records.training_of(cell, grid.TRAINING)
    try:
        if records.read(target, cell, training, grid.BATCHES):
            return 0
    except records.Refused as problem:
        print(problem, flush=True)
    began = time.monotonic()
    outcome = cells.run(cell, training, grid.BATCHES, checkpoint)
    records.write(target, cell, training, grid.BATCHES, outcome)
    words = f"{cell.name}: loss {outcome.losses.mean():.4f}, {outcome.seconds:.0f} s of processor"
    print(
        f"{words}, {time.monotonic() - began:.0f} s by the clock, worker {os.getpid()}", flush=True
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
