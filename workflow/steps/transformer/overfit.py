"""What overfitting looks like: the same model trained on a small piece of the text."""

from dataclasses import asdict
from pathlib import Path

import torch
from blocks import Loop

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.transformer.io import load, open_tokens
from groundwork.transformer.model import GPT
from groundwork.transformer.training import TrainConfig, Trainer, fit
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The same network on a small piece of the text."""

    train_tokens: int = knob("Tokens to train on.", ge=2)
    validation_tokens: int = knob("Tokens to judge by.", ge=2)
    loop: Loop = knob("The optimisation.")
    seed: int = knob("Seed of everything random.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings, *, checkpoint: Path, train: Path, validation: Path, curve: step.Out
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    sizes = load(checkpoint).config
    torch.manual_seed(settings.seed)
    tokens = open_tokens(train)[: settings.train_tokens]
    held_out = open_tokens(validation)[: settings.validation_tokens]
    loop = TrainConfig(**dict(settings.loop))
    trainer = Trainer(GPT(sizes), tokens, held_out, loop, settings.seed)
    fit(
        trainer,
        save_every=settings.loop.iterations,
        keep=lambda: None,  # half a minute: not worth a state
        report=lambda line: print(line, flush=True),
    )
    write_table(curve, [asdict(e) for e in trainer.evaluations])
    best, last = trainer.best, trainer.evaluations[-1]
    assert best is not None  # a run always evaluates
    return {
        "train_tokens": claim(len(tokens), "", "exact"),
        "passes": claim(trainer.passes(), "", "exact"),
        "best_loss": claim(best.validation),
        "best_iteration": claim(best.iteration, "", "exact"),
        "iterations": claim(last.iteration, "", "exact"),
        "final_loss": claim(last.validation),
        "final_train_loss": claim(last.train),
        "rise": claim(last.validation - best.validation),
    }


if __name__ == "__main__":
    step.run(main)
