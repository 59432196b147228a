"""Variants of norm, feed-forward block and tokenizer, trained alike; at full scale only.

Where a scale does not train them, the table says so: nothing is shown in their place.
"""

from pathlib import Path
from typing import Literal

import torch
from blocks import Loop

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.core.provenance import sha256
from groundwork.transformer.evaluation import bits_per_character
from groundwork.transformer.io import Scratch, clear, open_tokenizer, open_tokens
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.training import TrainConfig, Trainer, fit
from groundwork_harness.pipeline import closure, step
from groundwork_harness.pipeline.step import knob


class Variant(step.Settings):
    """One variant."""

    name: str = knob("Name in the table.")
    tokenizer: Literal["char", "bpe"] = knob("Vocabulary.")
    norm: Literal["rms", "layer"] = knob("Normalisation before each branch.")
    ffn: Literal["swiglu", "gelu"] = knob("Feed-forward block.")
    hidden: int = knob("Channels inside the feed-forward block.", ge=1)


class Model(step.Settings):
    """Sizes shared by all variants."""

    layers: int = knob("Blocks.", ge=1)
    heads: int = knob("Heads of one block.", ge=1)
    width: int = knob(
        "Channels of the residual stream; twice the number of heads must divide it.", ge=1
    )
    context: int = knob("Tokens seen at once.", ge=1)
    dropout: float = knob("Probability of dropping an activation in training.", ge=0, lt=1)


class Settings(step.Settings):
    """Other norms, blocks and tokenizers, trained alike."""

    train: bool = knob("Whether they are trained; if not, the table says so.")
    model: Model = knob("Sizes shared by all variants.")
    loop: Loop = knob("The optimisation.")
    variants: list[Variant] = knob("What differs.", min_length=1)
    seed: int = knob("Seed of everything random.", ge=0)
    save_every: int = knob("Updates between two states from which a killed run goes on.", ge=1)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    train: Path,
    validation: Path,
    tokenizer: Path,
    bpe_train: Path,
    bpe_validation: Path,
    bpe_tokenizer: Path,
    table: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    files = {
        "char": (train, validation, tokenizer),
        "bpe": (bpe_train, bpe_validation, bpe_tokenizer),
    }
    states = table.parent / "variants.scratch"
    rows, claims = [], {}
    for variant in settings.variants:
        row, found = _one(settings, variant, files[variant.tokenizer], states / variant.name)
        rows.append(row)
        claims.update(found)
    write_table(table, rows)
    clear(states)
    trained = len(settings.variants) if settings.train else 0
    return {
        **claims,
        "variants": claim(len(rows), "", "exact"),
        "trained": claim(trained, "", "exact"),
    }


def _one(
    settings: Settings, variant: Variant, files: tuple[Path, Path, Path], folder: Path
) -> tuple[dict[str, object], dict[str, Claim]]:
    words = open_tokenizer(files[2])
    data = (open_tokens(files[0]), open_tokens(files[1]))
    config = GPTConfig(
        vocabulary=len(words),
        hidden=variant.hidden,
        norm=variant.norm,
        ffn=variant.ffn,
        **dict(settings.model),
    )
    torch.manual_seed(settings.seed)
    loop = TrainConfig(**dict(settings.loop))
    trainer = Trainer(GPT(config), *data, loop, settings.seed)
    row: dict[str, object] = {
        "variant": variant.name,
        "tokenizer": variant.tokenizer,
        "parameters": trainer.model.parameter_count(),
        "bits_per_character": "not trained at this scale",
    }
    if not settings.train:
        return row, {}
    origin = (sha256(files[0]), sha256(files[1]), closure.of(Path(__file__)).digest)
    scratch = Scratch(folder, trainer, *origin)
    scratch.resume()
    fit(
        trainer,
        save_every=settings.save_every,
        keep=scratch.keep,
        report=lambda line: print(f"{variant.name}: {line}", flush=True),
    )
    assert trainer.best is not None  # a run always evaluates
    characters = len(words.decode(data[1].tolist()))
    loss = trainer.best.validation
    bits = bits_per_character(loss, len(data[1]), characters)
    row["bits_per_character"] = f"{bits:.4f}"
    name = variant.name.lower().replace(" ", "_").replace("-", "_")
    return row, {
        f"{name}_loss": claim(loss),
        f"{name}_bits_per_character": claim(bits),
        f"{name}_minutes": claim(trainer.minutes(), "min"),
    }


if __name__ == "__main__":
    step.run(main)
