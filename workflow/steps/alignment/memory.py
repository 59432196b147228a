"""The reference's memory: four strategies, predicted and measured, each in its own process."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from blocks import Adapter

from groundwork.alignment.memory import STRATEGIES, Cost, Job, measure
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The reference's memory under four strategies."""

    adapter: Adapter = knob("The policy's adapters.")
    updates: int = knob("Updates of each strategy.", ge=1)
    batch: int = knob("Pairs of an update.", ge=1)
    beta: float = knob("β of the loss.", gt=0)
    learning_rate: float = knob("AdamW's rate.", gt=0)
    context: int = knob("Tokens that the network may see.", ge=16)
    seed: int = knob("Seed of the adapters and of the order.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    weights: list[Path],
    base: Path,
    pairs: Path,
    reference: Path,
    table: step.Out,
) -> step.Claims:
    knobs = {k: v for k, v in dict(settings).items() if k != "adapter"} | dict(settings.adapter)
    costs: dict[str, Cost] = {}
    for strategy in STRATEGIES:
        job = Job(
            strategy=strategy,
            weights=weights,
            base=base,
            pairs=pairs,
            reference=reference,
            **knobs,
        )
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            costs[strategy] = pool.submit(measure, job).result()
        print(f"{strategy}: {costs[strategy].peak / 2**20:.0f} MiB", flush=True)
    once = costs["computed_once"]
    rows, claims = [], {}
    for name, cost in costs.items():
        apart = max(abs(a - b) for a, b in zip(cost.losses, once.losses, strict=True))
        rows.append(
            {
                "strategy": name.replace("_", " "),
                "predicted": cost.predicted / 2**20,
                "added": (cost.peak - once.peak) / 2**20,
                "peak": cost.peak / 2**20,
                "seconds": cost.seconds,
                "apart": apart,
            }
        )
        claims[f"{name}_peak"] = claim(cost.peak / 2**20, "MiB")
        claims[f"{name}_seconds"] = claim(cost.seconds, "s", n=settings.updates)
        claims[f"{name}_loss_difference"] = claim(apart)
        claims[f"{name}_predicted"] = claim(cost.predicted / 2**20, "MiB", "exact")
    write_table(table, rows)
    return claims


if __name__ == "__main__":
    step.run(main)
