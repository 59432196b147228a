"""Training: the same step at every scale; killed, it goes on from where it was, bit for bit.

While it runs, `train.scratch/` beside its output holds the state and the curve so far.
"""

import resource
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import torch
from blocks import Loop, Size

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.core.provenance import device, sha256
from groundwork.transformer.evaluation import bits_per_character
from groundwork.transformer.io import Scratch, clear, open_tokenizer, open_tokens, save
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.training import TrainConfig, Trainer, fit
from groundwork_harness.pipeline import closure, step
from groundwork_harness.pipeline.step import bounded, knob


class Network(Size):
    """Sizes and choices of the network."""

    dropout: float = knob("Probability of dropping an activation in training.", ge=0, lt=1)
    norm: Literal["rms", "layer"] = knob("Normalisation before each branch.")
    ffn: Literal["swiglu", "gelu"] = knob("Feed-forward block.")
    rope_base: float = knob("Base of the rotary wavelengths (dimensionless).", gt=1)
    tied: bool = knob("Whether embedding and output share one matrix.")


class Settings(step.Settings):
    """The main training run."""

    model: Network = knob("Sizes and choices of the network.")
    loop: Loop = knob("The optimisation.")
    seeds: list[bounded(int, ge=0)] = knob(
        "One run per seed; the first one's weights are kept.", min_length=1
    )
    save_every: int = knob("Updates between two states from which a killed run goes on.", ge=1)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    train: Path,
    validation: Path,
    tokenizer: Path,
    checkpoint: step.Out,
    curve: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    words = open_tokenizer(tokenizer)
    config = GPTConfig(vocabulary=len(words), **dict(settings.model))
    data = (open_tokens(train), open_tokens(validation))
    origin = (sha256(train), sha256(validation), closure.of(Path(__file__)).digest)
    states = checkpoint.parent / "train.scratch"
    runs: list[Trainer] = []
    for seed in settings.seeds:
        torch.manual_seed(seed)
        trainer = Trainer(GPT(config), *data, TrainConfig(**dict(settings.loop)), seed)
        scratch = Scratch(states / str(seed), trainer, *origin)
        if scratch.resume():
            print(f"seed {seed}: going on after update {trainer.iteration}", flush=True)
        fit(
            trainer,
            save_every=settings.save_every,
            keep=scratch.keep,
            report=lambda line, seed=seed: print(f"seed {seed}: {line}", flush=True),  # type: ignore[misc]
        )
        runs.append(trainer)
    save(checkpoint, runs[0].model, words, runs[0].best_weights)
    write_table(
        curve,
        [{"seed": run.seed, **asdict(e)} for run in runs for e in run.evaluations],
    )
    claims = _claims(settings, runs, checkpoint)
    clear(states)
    return claims


def _claims(settings: Settings, runs: list[Trainer], checkpoint: Path) -> dict[str, Claim]:
    best = [run.best.validation for run in runs if run.best]
    final = [run.evaluations[-1] for run in runs]
    loss = statistics.mean(best)
    loop = settings.loop
    gap = [e.validation - e.train for e in final]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if settings.loop.device == "cuda":
        memory = torch.cuda.max_memory_allocated() / 2**20
    n, rates = len(runs), [run.tokens_per_second() for run in runs]
    minutes = [run.minutes() for run in runs]
    return {
        "parameters": claim(runs[0].model.parameter_count(), "", "exact"),
        "batch": claim(loop.batch * loop.accumulation, "", "exact"),
        "passes": claim(runs[0].passes(), "", "exact"),
        "first_loss": claim(runs[0].evaluations[0].validation),
        "validation_loss": claim(loss, n=n, spread=_range(best)),
        "final_validation_loss": claim(statistics.mean(e.validation for e in final), n=n),
        "best_iteration": claim(runs[0].best.iteration if runs[0].best else 0, "", "exact"),
        "final_train_loss": claim(statistics.mean(e.train for e in final), n=n),
        "final_gap": claim(statistics.mean(gap), n=n, spread=_range(gap)),
        # One token is one character here, so the ratio of tokens to characters is 1.
        "bits_per_character": claim(bits_per_character(loss, 1, 1), n=n),
        "minutes": claim(statistics.mean(minutes), "min", n=n, spread=_range(minutes)),
        "tokens_per_second": claim(statistics.mean(rates), "tokens/s", n=n, spread=_range(rates)),
        "memory": claim(memory, "MiB"),
        "device": claim(_device(settings.loop.device), ""),
        "seeds": claim(n, "", "exact"),
        "weights_sha256": claim(sha256(checkpoint), "", "exact"),
    }


def _device(kind: str) -> str:
    return torch.cuda.get_device_name() if kind == "cuda" else f"{kind}, {device()}"


def _range(values: list[float]) -> list[float]:
    return [min(values), max(values)]


if __name__ == "__main__":
    step.run(main)
