"""A sharded run killed in the middle goes on, on as many ranks and on others."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

from blocks import Student

from groundwork.core.claims import claim
from groundwork.data_parallel import RankError, TrainSettings, io, launch
from groundwork.data_parallel.cli import train_here
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import Trainer, largest_difference, run
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Checkpoints, a kill, and a run that goes on"""

    student: Student = knob("the network")
    ranks: int = knob("processes of the run that is killed", ge=1, le=16)
    resumed: list[bounded(int, ge=1, le=16)] = knob(
        "processes of the runs that go on", min_length=1
    )  # type: ignore[valid-type]
    steps: int = knob("updates in all", ge=4)
    killed_after: int = knob("updates before the kill", ge=1)
    every: int = knob("updates between checkpoints", ge=1)
    batch: int = knob("rows of the whole batch", ge=1)
    seed: int = knob("seed of weights and batches", ge=0)


def broken(rank: int, ranks: int, settings: TrainSettings, last: int) -> None:
    """Train with checkpoints until rank 0 is killed after step `last`."""

    def report(done: int) -> None:
        if done == last and rank == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    run(Trainer(rank, ranks, settings), keep=io.save_checkpoint, report=report)


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    with tempfile.TemporaryDirectory(prefix="groundwork-resume-") as folder:

        def job(name: str, method: str = "zero2") -> TrainSettings:
            return TrainSettings(
                steps=settings.steps, batch=settings.batch, seed=settings.seed, method=method,
                student=StudentConfig(**dict(settings.student)), optimizer="adamw",
                learning_rate=1e-3, dtype="float64", checkpoint=f"{folder}/{name}",
                checkpoint_every=settings.every,
            )  # fmt: skip

        whole = launch(train_here, settings.ranks, (job("whole"),), optimizers=True)[0]
        try:
            launch(broken, settings.ranks, (job("broken"), settings.killed_after), optimizers=True)
        except RankError as problem:
            killed = problem.failures[0].error
        lines, worst, same = ["ranks,went_on_from,difference"], 0.0, -1.0
        for ranks in settings.resumed:
            shutil.copytree(Path(folder, "broken"), Path(folder, f"on-{ranks}"))
            found = launch(train_here, ranks, (job(f"on-{ranks}"),), optimizers=True)[0]
            difference = largest_difference(found.weights, whole.weights)
            worst = max(worst, difference)
            same = difference if ranks == settings.ranks else same
            lines.append(f"{ranks},{found.started_at},{difference!r}")
    table.write_text("\n".join(lines) + "\n")
    claims = {
        "killed": claim(killed, kind="exact"),
        "difference": claim(worst, n=len(settings.resumed)),
    }
    if same >= 0:
        claims["difference_same_ranks"] = claim(same, kind="exact")
    return claims


if __name__ == "__main__":
    step.run(main)
