"""Preference training: one run a setting, from the log-probabilities that were computed once."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from blocks import Adapter, Loop

from groundwork.alignment import lora, tuning
from groundwork.alignment.io import (
    open_base,
    open_log_probs,
    pair_rows,
    read_pairs,
    save_adapters,
    train,
)
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.provenance import sha256
from groundwork.core.result import canonical
from groundwork.transformer.io import clear
from groundwork_harness.pipeline import closure, step
from groundwork_harness.pipeline.step import bounded, knob


class Run(step.Settings):
    """One run."""

    name: str = knob("Its name in tables.", pattern="[a-z0-9_]+")
    beta: float = knob("β of the loss.", gt=0)
    anchor: float = knob("Weight of the chosen answers' loss (nats a token).", ge=0)
    upper: int = knob("Last layers that carry adapters; all where there are fewer.", ge=1)
    seed: int = knob("Seed of the adapters and of the order.", ge=0)
    keep: list[bounded(int, ge=1)] = knob("Updates after which adapters are kept.", min_length=1)  # type: ignore[valid-type]


class Settings(step.Settings):
    """Preference training."""

    adapter: Adapter = knob("Adapters; each run says which layers carry them.")
    loop: Loop = knob("The optimisation.")
    runs: list[Run] = knob("The runs.", min_length=1)
    context: int = knob("Tokens that the network may see.", ge=16)
    save_every: int = knob("Updates between two states that a killed run can go on from.", ge=1)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    weights: list[Path],
    base: Path,
    pairs: Path,
    reference: Path,
    adapters: step.Out,
    curve: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    start = time.perf_counter()
    model, chat, _ = open_base(weights, base, settings.context)
    code = closure.of(Path(__file__)).digest
    origin = [settings.model_dump(), code, sha256(base), sha256(reference), torch.__version__]
    fixed = open_log_probs(reference)
    rows = {
        part: pair_rows(chat, read_pairs(pairs, part), settings.context)  # type: ignore[arg-type]
        for part in fixed
    }
    scratch = adapters.parent / "dpo.scratch"
    kept_states: dict[int, dict[str, tuning.Kept]] = {}
    points: dict[str, dict[str, torch.Tensor]] = {}
    table: list[dict[str, Any]] = []
    for run in settings.runs:
        lora.load(model, {})
        first = max(0, model.config.layers - run.upper)
        if first not in kept_states:
            kept_states = {first: {p: tuning.keep(model, r, first) for p, r in rows.items()}}
        kept = kept_states[first]
        history = _run(settings, run, model, kept, fixed, scratch / run.name, origin, points)
        table += [{"run": run.name, "beta": run.beta, **row} for row in history]
    save_adapters(adapters, points)
    write_table(curve, table)
    clear(scratch)
    return _claims(settings, table) | {"seconds": claim(time.perf_counter() - start, "s")}


def _run(
    settings: Settings,
    run: Run,
    model: Any,
    kept: dict[str, tuning.Kept],
    fixed: dict[str, torch.Tensor],
    scratch: Path,
    origin: list[Any],
    points: dict[str, dict[str, torch.Tensor]],
) -> list[dict[str, Any]]:
    """Train one run; its kept adapters go into `points`, its curve is returned."""
    adapter, loop = settings.adapter, tuning.Loop(**dict(settings.loop))
    first = kept["train"].first
    parameters = lora.attach(
        model, rank=adapter.rank, scale=adapter.scale, first=first, seed=run.seed
    )
    pairs = len(fixed["train"]) // 2

    def loss(iteration: int) -> tuple[torch.Tensor, dict[str, float]]:
        chosen = tuning.draw(pairs, loop.batch, run.seed, iteration)
        return tuning.preference(model, kept["train"], fixed["train"], chosen, run.beta, run.anchor)

    def after(iteration: int) -> None:
        if iteration in run.keep:
            found = {**lora.weights(model), **_judge(model, kept["held_out"], fixed["held_out"])}
            torch.save(found, scratch / f"{iteration}.pt")

    scratch.mkdir(parents=True, exist_ok=True)
    tuner = tuning.Tuner(parameters, loop, loss)
    train(
        tuner,
        scratch / "state.pt",
        canonical([run.model_dump(), *origin]),
        save_every=settings.save_every,
        report=lambda line: print(f"{run.name}: {line}", flush=True),
        after=after,
    )
    history = [dict(row) for row in tuner.history]
    for iteration in run.keep:
        found = torch.load(scratch / f"{iteration}.pt", weights_only=True)
        judged = {name: found.pop(name).item() for name in HELD}
        history[iteration - 1] |= judged
        points[f"{run.name}@{iteration}"] = found
    return [{**dict.fromkeys(HELD, ""), **row} for row in history]


HELD = ("held_reward_accuracy", "held_prefers_polite", "held_chosen_change", "held_gap")


def _judge(model: Any, kept: tuning.Kept, reference: torch.Tensor) -> dict[str, torch.Tensor]:
    """Held-out pairs: how often the reward is right, and how often the policy is polite."""
    policy = kept.all_log_probs(model)
    change = policy - reference
    return {
        "held_reward_accuracy": (change[::2] > change[1::2]).float().mean(),
        "held_prefers_polite": (policy[::2] > policy[1::2]).float().mean(),
        "held_chosen_change": change[::2].mean(),
        "held_gap": (policy[::2] - policy[1::2]).mean(),
    }


def _claims(settings: Settings, table: list[dict[str, Any]]) -> dict[str, Any]:
    first = [row for row in table if row["iteration"] == 1]
    made = {
        "first_loss_error": claim(
            max(abs(row["loss"] - np.log(2)) for row in first), "", "measured", n=len(first)
        ),
        "runs": claim(len(first), "", "exact"),
    }
    for run in settings.runs:
        rows = [row for row in table if row["run"] == run.name]
        last = next(row for row in rows if row["iteration"] == run.keep[-1])
        for name, percent in (("held_reward_accuracy", True), ("held_prefers_polite", True)):
            made[f"{run.name}_{name}"] = claim(100 * last[name], "%" if percent else "")
        made[f"{run.name}_held_chosen_change"] = claim(last["held_chosen_change"], "nats")
        made[f"{run.name}_train_accuracy"] = claim(100 * last["accuracy"], "%")
    return made


if __name__ == "__main__":
    step.run(main)
