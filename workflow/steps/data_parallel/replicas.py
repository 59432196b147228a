"""Replicas after a hundred steps: equal bits on all ranks, the model of one process, and drift."""

from dataclasses import replace
from pathlib import Path

from blocks import Student

from groundwork.core.claims import claim
from groundwork.data_parallel import TrainSettings, launch, train
from groundwork.data_parallel.checks import mean_of_means_error
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import largest_difference, train_all
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Weights of all ranks compared with each other and with one process"""

    student: Student = knob("the network")
    ranks: list[bounded(int, ge=2, le=64)] = knob("numbers of processes", min_length=1)  # type: ignore[valid-type]
    crowded: int = knob(
        "numbers of processes from which only the first run and the control are made", ge=3
    )
    steps: int = knob("updates", ge=1)
    exact_steps: int = knob("updates of the runs in float64", ge=1)
    batch: int = knob("rows of the whole batch", ge=1)
    unequal_batch: int = knob("rows of a batch that the ranks cannot share equally", ge=1)
    unlabelled: float = knob("share of rows without a label, in the unequal runs", ge=0, lt=1)
    accumulation: int = knob("micro-batches of the accumulated run", ge=2)
    drift_every: int = knob("steps between two looks at the drift", ge=1)
    seed: int = knob("seed of weights and batches", ge=0)


FIRST = ("float32", "no all-reduce")


def jobs(settings: Settings) -> dict[str, TrainSettings]:
    sizes = dict(settings.student)
    plain = {"student": StudentConfig(**sizes), "steps": settings.steps, "seed": settings.seed}
    hard = {**plain, "student": StudentConfig(**sizes, unlabelled=settings.unlabelled)}
    hard |= {"batch": settings.unequal_batch, "dtype": "float64", "steps": settings.exact_steps}
    even = {**plain, "batch": settings.batch}
    exact = {**even, "dtype": "float64", "steps": settings.exact_steps}
    parts = {"accumulation": settings.accumulation}
    return {
        "float32": TrainSettings(**even),
        "float64": TrainSettings(**exact),
        "unequal shares": TrainSettings(**hard),
        "accumulated": TrainSettings(**hard, **parts),
        "overlapped buckets": TrainSettings(**hard, **parts, method="buckets"),
        "no all-reduce": TrainSettings(**even, method="none", record_every=settings.drift_every),
    }


def write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


def main(settings: Settings, *, table: step.Out, errors: step.Out, drift: step.Out) -> step.Claims:
    work = jobs(settings)
    alone = {
        name: train(0, 1, replace(one, method="all_reduce"))
        for name, one in work.items()
        if one.method != "none"
    }
    digests, compared = ["ranks,rank,weights"], ["run,ranks,equal,difference"]
    drifting = ["ranks,step,distance"]
    worst: dict[str, list[float]] = {name: [] for name in alone}
    equal = 0
    for ranks in settings.ranks:
        some = {n: w for n, w in work.items() if ranks < settings.crowded or n in FIRST}
        found = launch(train_all, ranks, (list(some.values()),), optimizers=True)
        runs = dict(zip(some, found[0], strict=True))
        for rank, digest in enumerate(runs["float32"].digests):
            digests.append(f"{ranks},{rank},{digest[:16]}")
        for name in [name for name in runs if name in alone]:
            one = alone[name]
            same = len(set(runs[name].digests)) == 1
            equal += same
            error = largest_difference(runs[name].weights, one.weights)
            worst[name].append(error)
            compared.append(f"{name},{ranks},{'yes' if same else 'no'},{error!r}")
        free = runs["no all-reduce"]
        drifting += [f"{ranks},{at},{distance!r}" for at, distance in free.drift]
        apart = free.drift[-1][1]
    write_lines(table, digests)
    write_lines(errors, compared)
    write_lines(drift, drifting)
    exact = [error for name in worst for error in worst[name] if name != "float32"]
    hard = StudentConfig(**dict(settings.student), unlabelled=settings.unlabelled)
    naive = mean_of_means_error(hard, settings.batch, 2, settings.seed)
    return {
        "runs": claim(sum(map(len, worst.values())), kind="exact"),
        "equal_runs": claim(equal, kind="exact"),
        "difference_float32": claim(max(worst["float32"]), n=len(settings.ranks)),
        "difference_float64": claim(max(exact), n=len(exact)),
        "drift": claim(apart),
        "mean_of_means": claim(100 * naive, "%"),
    }


if __name__ == "__main__":
    step.run(main)
