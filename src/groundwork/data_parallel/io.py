"""Disk: sharded checkpoints, each rank its own part, taken up by any number of ranks.

A checkpoint is a folder `step-00000050` with one file a rank and, written last, `complete.json`.
A run that dies while writing leaves a folder without it, which is never read.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from groundwork.core.atomic import replacing, write_json
from groundwork.data_parallel.training import Trainer

KEPT = 2  # checkpoints: the one before the last is there while the last is being written


def save_checkpoint(trainer: Trainer) -> None:
    """Write this rank's part; rank 0 marks the checkpoint complete once all have written."""
    assert trainer.zero is not None  # settings see to it
    folder = Path(trainer.settings.checkpoint) / f"step-{trainer.done:08d}"
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"rank-{trainer.rank}.pt") as temporary:
        torch.save(trainer.zero.own_state(), temporary)
    dist.barrier()
    if trainer.rank == 0:
        about = {"ranks": trainer.ranks, "step": trainer.done, "run": run_key(trainer)}
        write_json(folder / "complete.json", about)
        for old in sorted(folder.parent.glob("step-*"))[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(trainer: Trainer) -> bool:
    """Take up the latest complete checkpoint, if there is one; it may be of other ranks.

    Raises: `ValueError` for a checkpoint of another run.
    """
    found = latest(Path(trainer.settings.checkpoint))
    if found is None:
        return False
    about = json.loads((found / "complete.json").read_text(encoding="utf-8"))
    if about["run"] != run_key(trainer):
        raise ValueError(
            f"{found} was written by a run with other settings; name another folder, or remove it"
        )
    parts = [
        torch.load(found / f"rank-{rank}.pt", weights_only=True) for rank in range(about["ranks"])
    ]
    joined = {
        name: value if value.dim() == 0 else torch.cat([part[name] for part in parts])
        for name, value in parts[0].items()
    }
    assert trainer.zero is not None
    trainer.zero.restore(joined)
    trainer.done = about["step"]
    return True


def latest(folder: Path) -> Path | None:
    """The newest complete checkpoint of a folder."""
    complete = sorted(folder.glob("step-*/complete.json"))
    return complete[-1].parent if complete else None


def run_key(trainer: Trainer) -> str:
    """What a checkpoint belongs to: all settings that change the weights, ranks not among them."""
    names = ("checkpoint", "checkpoint_every", "record_every", "steps", "bucket_bytes", "method")
    settings: dict[str, Any] = asdict(trainer.settings)
    return json.dumps({k: v for k, v in settings.items() if k not in names}, sort_keys=True)


def prepare(folder: str) -> None:
    """Raises `ValueError` where no checkpoint can be written to `folder`."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ValueError(f"checkpoints cannot be written to {folder}: {problem}") from None
