"""ZeRO-1 and ZeRO-2: weights of the unsharded run, bytes a rank holds, time of a step."""

from pathlib import Path

from blocks import Network, Student

from groundwork.core.claims import claim, measured
from groundwork.core.timing import ratio
from groundwork.data_parallel import TrainSettings, launch
from groundwork.data_parallel.bench import time_sharded
from groundwork.data_parallel.memory import model_state_bytes
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import largest_difference, train_all
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

KINDS = ("weights", "gradients", "states")


class Settings(step.Settings):
    """Sharded optimizer states and gradients"""

    student: Student = knob("the network whose weights are compared")
    network: Network = knob("the transformer whose steps are timed")
    ranks: list[bounded(int, ge=2, le=16)] = knob("numbers of processes", min_length=1)  # type: ignore[valid-type]
    steps: int = knob("updates before weights are compared", ge=1)
    rows: int = knob("rows of the whole batch of the comparison", ge=1)
    batch: int = knob("sequences of a rank, timed", ge=1)
    bucket_bytes: int = knob("bytes of gradients that travel together", ge=1)
    student_bucket_bytes: int = knob("the same, of the network that is compared", ge=1)
    repeats: int = knob("timed rounds, rivals in turn", ge=3)
    parameters: float = knob("parameters of the model in the table of predictions", gt=0)
    predicted_ranks: list[bounded(int, ge=1)] = knob("ranks of that table", min_length=1)  # type: ignore[valid-type]
    seed: int = knob("seed of weights and batches", ge=0)


def compare(settings: Settings) -> dict[int, dict[str, float]]:
    """By ranks: each stage's largest difference from the unsharded run; -1 where ranks differ."""
    methods = ("all_reduce", "zero1", "zero2")
    student = StudentConfig(**dict(settings.student))
    same = {"steps": settings.steps, "batch": settings.rows, "seed": settings.seed}
    jobs = [
        TrainSettings(
            **same, method=m, student=student, dtype="float64", optimizer="adamw",
            learning_rate=1e-3, bucket_bytes=settings.student_bucket_bytes,
        )
        for m in methods
    ]  # fmt: skip
    found = {}
    for ranks in settings.ranks:
        runs = dict(
            zip(methods, launch(train_all, ranks, (jobs,), optimizers=True)[0], strict=True)
        )
        if any(len(set(run.digests)) > 1 for run in runs.values()):
            raise AssertionError(f"{ranks} ranks do not hold equal weights")
        plain = runs["all_reduce"].weights
        found[ranks] = {m: largest_difference(runs[m].weights, plain) for m in methods[1:]}
    return found


def predictions(path: Path, parameters: float, ranks: list[int]) -> None:
    """GB a rank by stage and ranks, mixed precision, beside the 16 bytes a parameter."""
    lines = ["stage,formula," + ",".join(f"ranks_{n}" for n in ranks)]
    formulas = ("16P", "4P + 12P/N", "2P + 14P/N")
    for stage, formula in enumerate(formulas):
        sizes = [sum(model_state_bytes(1, n, stage).values()) * parameters / 1e9 for n in ranks]
        lines.append(",".join([str(stage), formula, *(f"{size:.1f}" for size in sizes)]))
    path.write_text("\n".join(lines) + "\n")


def main(
    settings: Settings, *, table: step.Out, memory: step.Out, predicted: step.Out
) -> step.Claims:
    differences = compare(settings)
    rows = ["ranks,stage,difference"]
    for ranks, found in differences.items():
        rows += [f"{ranks},{method[-1]},{value!r}" for method, value in found.items()]
    table.write_text("\n".join(rows) + "\n")
    ranks = settings.ranks[0]
    work = (dict(settings.network), settings.batch, settings.bucket_bytes, settings.repeats)
    timed = launch(time_sharded, ranks, work, optimizers=True)[0]
    lines, off = ["stage,kind,held,predicted"], 0.0
    for stage in (0, 1, 2):
        model = model_state_bytes(timed["parameters"], ranks, stage, mixed=False)
        for kind in KINDS:
            held = timed["held"][f"stage {stage}"][kind]
            lines.append(f"{stage},{kind},{held},{model[kind]!r}")
            off = max(off, abs(held / model[kind] - 1))
    memory.write_text("\n".join(lines) + "\n")
    predictions(predicted, settings.parameters, settings.predicted_ranks)
    samples = timed["samples"]
    total = {s: sum(timed["held"][f"stage {s}"].values()) for s in (0, 1, 2)}
    return {
        "difference": claim(max(max(f.values()) for f in differences.values()),
                            n=2 * len(differences)),
        "stage1_vs_torch": measured(ratio(samples["stage 1"], samples["torch"])),
        "stage2_vs_torch": measured(ratio(samples["stage 2"], samples["torch"])),
        "stage1_vs_unsharded": measured(ratio(samples["stage 1"], samples["stage 0"])),
        "held_unsharded": claim(total[0] / 1e6, "MB", "exact"),
        "held_stage1": claim(total[1] / 1e6, "MB", "exact"),
        "held_stage2": claim(total[2] / 1e6, "MB", "exact"),
        "held_off": claim(100 * off, "%", "exact"),
        "most_gradients": claim(timed["most"] / 1e6, "MB", "exact"),
        "timed_parameters": claim(timed["parameters"], kind="exact"),
    }  # fmt: skip


if __name__ == "__main__":
    step.run(main)
