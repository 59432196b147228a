"""Latency and bandwidth fitted to measured all-reduces; held-out sizes and rank counts predicted."""

import csv
import os
from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork.data_parallel.cost import fit_times, oversubscription, predict
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """The α–β model of all-reduces"""

    held_ranks: list[bounded(int, ge=2)] = knob(
        "numbers of processes kept out of the fit", min_length=1
    )  # type: ignore[valid-type]
    held_sizes: list[bounded(int, ge=4)] = knob("bytes kept out of the fit", min_length=1)  # type: ignore[valid-type]
    cores: int = knob("cores that the ranks share; 0 for as many as this machine has", ge=0)
    draws: int = knob("bootstrap samples of the intervals", ge=100)
    seed: int = knob("seed of the bootstrap", ge=0)


def main(settings: Settings, *, times: Path, table: step.Out) -> step.Claims:
    with open(times, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ranks = np.array([int(row["ranks"]) for row in rows])
    sizes = np.array([int(row["bytes"]) for row in rows])
    seconds = np.array([float(row["library"]) for row in rows])
    held = np.isin(ranks, settings.held_ranks) | np.isin(sizes, settings.held_sizes)
    if held.all() or not held.any():
        raise ValueError("cost: held_ranks and held_sizes must leave something in and out")
    cores = (
        settings.cores or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    )
    rng = stream(settings.seed, "bootstrap")
    fit = fit_times(
        ranks[~held], sizes[~held], seconds[~held], cores, draws=settings.draws, rng=rng
    )
    predicted = predict(fit, ranks, sizes, cores)
    off = 100 * (predicted / seconds - 1)
    lines = ["ranks,bytes,seconds,predicted,off,held,shared"]
    for values in zip(ranks, sizes, seconds, predicted, off, held, strict=True):
        n, m, measured_, model, error, out = (v.item() for v in values)
        share = oversubscription(n, cores)
        lines.append(f"{n},{m},{measured_!r},{model!r},{error!r},{int(out)},{share!r}")
    table.write_text("\n".join(lines) + "\n")
    within = ranks <= cores
    miss = np.abs(off)
    claims = {
        "latency": claim(1e6 * fit.latency, "µs", n=int((~held).sum()),
                         spread=[1e6 * v for v in fit.latency_interval]),
        "bandwidth": claim(1e-9 / fit.second_per_byte if fit.second_per_byte else 0.0, "GB/s",
                           n=int((~held).sum()),
                           spread=sorted(1e-9 / max(v, 1e-15) for v in fit.byte_interval)),
        "fitted_off": claim(float(np.median(miss[~held])), "%", n=int((~held).sum())),
        "held_off": claim(float(np.median(miss[held])), "%", n=int(held.sum()),
                          spread=np.percentile(miss[held], [25, 75]).tolist()),
        "held_worst": claim(float(miss[held].max()), "%"),
        "cores": claim(cores),
    }  # fmt: skip
    if (held & within).any():
        claims["held_off_within"] = claim(
            float(np.median(miss[held & within])), "%", n=int((held & within).sum())
        )
    if (held & ~within).any():
        claims["held_off_beyond"] = claim(
            float(np.median(miss[held & ~within])), "%", n=int((held & ~within).sum())
        )
    return claims


if __name__ == "__main__":
    step.run(main)
