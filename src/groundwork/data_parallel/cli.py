"""The room's command: one script for processes here, torchrun, Slurm; CPU or one GPU a rank."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields

import torch
import torch.distributed as dist

from groundwork.data_parallel import io
from groundwork.data_parallel.launch import (
    JOIN_SECONDS,
    STALL_SECONDS,
    RankError,
    launch,
)
from groundwork.data_parallel.rendezvous import device_here, join
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import DTYPES, METHODS, Trained, Trainer, TrainSettings, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m groundwork.data_parallel`; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = _settings(options)
        if settings.checkpoint:
            io.prepare(settings.checkpoint)
        _run(options, settings)
    except KeyboardInterrupt:
        return 130
    except (RankError, ValueError, TimeoutError, dist.DistError) as problem:
        print(f"groundwork.data_parallel: {problem}", file=sys.stderr, flush=True)
        if dist.is_initialized():
            os._exit(1)  # what is under way may wait for ranks that are gone
        return 1
    return 0


def _run(options: argparse.Namespace, settings: TrainSettings) -> None:
    environment = os.environ
    if "TORCHELASTIC_RUN_ID" in environment:  # torchrun
        place = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        address = "env://"
    elif "SLURM_PROCID" in environment and int(environment.get("SLURM_NTASKS", "1")) > 1:  # srun
        place = int(environment["SLURM_PROCID"]), int(environment["SLURM_NTASKS"])
        step = f"{environment['SLURM_JOB_ID']}.{environment['SLURM_STEP_ID']}"
        address = f"file://{os.path.abspath(options.rendezvous)}/rendezvous-{step}"
    else:
        ranks = 2 if options.ranks is None else options.ranks
        how = {"join_seconds": options.join_seconds, "stall_seconds": options.stall_seconds}
        _report(launch(train_here, ranks, (settings,), optimizers=True, **how), settings)
        return
    if options.ranks not in (None, place[1]):
        raise ValueError(f"--ranks {options.ranks}, but this rank was started as one of {place[1]}")
    torch.set_num_threads(1)
    join(*place, address, options.join_seconds, options.stall_seconds)
    trained = train_here(*place, settings)
    if place[0] == 0:
        _report([trained], settings)
    dist.destroy_process_group()


def train_here(rank: int, world_size: int, settings: TrainSettings) -> Trained:
    """One rank's run with checkpoints: it goes on from the last complete one."""
    trainer = Trainer(rank, world_size, settings)
    if not settings.checkpoint:
        return run(trainer)
    io.load_checkpoint(trainer)
    return run(trainer, keep=io.save_checkpoint)


def _report(trained: list[Trained], settings: TrainSettings) -> None:
    first = trained[0]
    if first.started_at:
        print(f"went on from step {first.started_at}")
    if first.losses:
        print(f"loss {first.losses[0]:.4f} -> {first.losses[-1]:.4f}, {settings.steps} steps")
    for rank, digest in enumerate(first.digests):
        print(f"rank {rank}  weights {digest[:16]}")
    same = len(set(first.digests)) == 1
    print(
        f"{first.ranks} ranks, device {device_here()}, weights " + ("equal" if same else "DIFFER")
    )


def _settings(options: argparse.Namespace) -> TrainSettings:
    names = {f.name for f in fields(TrainSettings)}
    given = {k: v for k, v in vars(options).items() if k in names and v is not None}
    return TrainSettings(
        **given,
        student=StudentConfig(
            hidden=options.hidden, layers=options.layers, dropout=options.dropout, norm=options.norm
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m groundwork.data_parallel", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser(
        "train",
        help="train one model on several ranks",
        description="Starts the ranks itself, or is one of them under torchrun or srun.",
        allow_abbrev=False,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = train.add_argument
    add("--ranks", type=int, help="processes to start here (2 unless started by others)")
    add("--steps", type=int, default=100)
    add("--batch", type=int, default=64, help="rows of the whole batch, split among the ranks")
    add("--accumulation", type=int, default=1, help="micro-batches in which a rank takes its rows")
    add("--learning-rate", type=float, default=0.05)
    add("--optimizer", choices=("sgd", "adamw"), default="sgd")
    add("--method", choices=METHODS, default="all_reduce", help="how gradients meet")
    add("--dtype", choices=tuple(DTYPES), default="float32")
    add("--seed", type=int, default=0)
    add("--hidden", type=int, default=64)
    add("--layers", type=int, default=2)
    add("--dropout", type=float, default=0.0)
    add("--norm", choices=("none", "local", "whole"), default="none", help="batch normalisation")
    add("--checkpoint", default="", help="folder; a run goes on from what lies there")
    add("--checkpoint-every", type=int, default=0, help="steps")
    add("--rendezvous", default=".", help="folder that all nodes share (srun)")
    add("--join-seconds", type=float, default=JOIN_SECONDS, help="for the slowest rank to come")
    add("--stall-seconds", type=float, default=STALL_SECONDS, help="without an answer")
    return parser
