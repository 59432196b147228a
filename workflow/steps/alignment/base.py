"""The base made rude: fine-tuning on mixed manners, since the instruct model has none of them."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import time
from pathlib import Path

import torch
from blocks import Adapter, Loop

from groundwork.alignment import lora, tuning
from groundwork.alignment.io import open_model, pair_rows, read_pairs, save_adapters, train
from groundwork.alignment.model import Llama
from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.core.provenance import sha256
from groundwork.core.result import canonical
from groundwork.transformer.io import clear
from groundwork_harness.pipeline import closure, step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Fine-tuning on mixed manners."""

    adapter: Adapter = knob("Adapters that are trained, then added to the weights.")
    loop: Loop = knob("The optimisation.")
    context: int = knob("Tokens that the network may see.", ge=16)
    save_every: int = knob("Updates between two states that a killed run can go on from.", ge=1)
    seed: int = knob("Seed of the adapters and of the order.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    weights: list[Path],
    pairs: Path,
    adapters: step.Out,
    curve: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    start = time.perf_counter()
    model, chat, name = open_model(weights, settings.context)
    first = max(0, model.config.layers - settings.adapter.upper)
    rows = pair_rows(chat, read_pairs(pairs, "train"), settings.context)
    kept = tuning.keep(model, rows, first)
    adapter, loop = settings.adapter, tuning.Loop(**dict(settings.loop))
    parameters = lora.attach(
        model, rank=adapter.rank, scale=adapter.scale, first=first, seed=settings.seed
    )

    def loss(iteration: int) -> tuple[torch.Tensor, dict[str, float]]:
        chosen = tuning.draw(len(rows), loop.batch, settings.seed, iteration)
        return tuning.supervised(model, kept, chosen)

    tuner = tuning.Tuner(parameters, loop, loss)
    scratch = adapters.parent / "base.scratch"
    code = closure.of(Path(__file__)).digest
    key = canonical([settings.model_dump(), code, sha256(pairs), torch.__version__])
    train(
        tuner,
        scratch / "state.pt",
        key,
        save_every=settings.save_every,
        report=lambda line: print(line, flush=True),
    )
    save_adapters(adapters, {"base": lora.weights(model)})
    write_table(curve, tuner.history)
    clear(scratch)
    seconds = claim(time.perf_counter() - start, "s")
    return {"model": claim(name, "", "exact"), "seconds": seconds, **_claims(model, tuner)}


def _claims(model: Llama, tuner: tuning.Tuner) -> dict[str, Claim]:
    trained = sum(value.numel() for value in tuner.parameters)
    every = sum(value.numel() for value in model.parameters())
    return {
        "parameters": claim(every - trained, "", "exact"),
        "trained": claim(trained, "", "exact"),
        "layers": claim(model.config.layers, "", "exact"),
        "first_loss": claim(tuner.history[0]["loss"]),
        "last_loss": claim(tuner.history[-1]["loss"]),
    }


if __name__ == "__main__":
    step.run(main)
