"""The oracles' errors, and two faults that a wrong reading of the file would plant."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pathlib import Path

import mpmath
import numpy as np
import torch
from torch import Tensor

from groundwork.alignment import gguf, lora
from groundwork.alignment.chat import Rows
from groundwork.alignment.divergence import perplexity
from groundwork.alignment.dpo import dpo_loss, sequence_log_probs
from groundwork.alignment.io import neutral_text, open_model, pair_rows, read_pairs
from groundwork.alignment.model import Cache, Llama
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork.transformer.model import rotations
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Oracles and planted faults."""

    cases: int = knob("Random quadruples of log-probabilities, and random blocks.", ge=1)
    sequences: int = knob("Answers whose log-probabilities are compared.", ge=1)
    neutral_tokens: int = knob("Tokens of neutral text for the planted faults.", ge=8)
    context: int = knob("Tokens that the network may see.", ge=16)
    seed: int = knob("Seed of the cases.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(settings: Settings, *, weights: list[Path], pairs: Path, table: step.Out) -> step.Claims:
    torch.set_num_threads(settings.threads)
    with torch.no_grad():  # as a decorator it would hide this script's name from the harness
        return _all(settings, weights, pairs, table)


def _all(settings: Settings, weights: list[Path], pairs: Path, table: Path) -> step.Claims:
    model, chat, _ = open_model(weights, settings.context)
    rows = pair_rows(chat, read_pairs(pairs, "train"), settings.context)
    rows = rows.take(torch.arange(settings.sequences))
    ids = chat.plain(neutral_text())[: settings.neutral_tokens]
    errors = {
        "decoded blocks, scalar loop": _blocks(settings),
        "DPO loss, 50 digits": _loss(settings),
        "log-probabilities, a token at a time": _log_probs(model, rows),
        "merged adapters": _merged(model, rows, settings.seed),
    }
    losses = {"as stored": float(np.log(perplexity(model, ids, len(ids))))}
    own = model.rotation
    model.rotation = rotations(
        torch.arange(model.config.context), model.config.head_size, _other_base(model)
    )
    losses["other rotary base"] = float(np.log(perplexity(model, ids, len(ids))))
    model.rotation = own
    _halve(model)
    losses["half-split pairs"] = float(np.log(perplexity(model, ids, len(ids))))
    write_table(table, [{"check": name, "error": value} for name, value in errors.items()])
    return {
        "blocks_error": claim(errors["decoded blocks, scalar loop"], "", n=settings.cases),
        "loss_error": claim(errors["DPO loss, 50 digits"], "", n=settings.cases),
        "log_probs_error": claim(errors["log-probabilities, a token at a time"], "nats"),
        "merged_error": claim(errors["merged adapters"], ""),
        "neutral_loss": claim(losses["as stored"], "nats", n=len(ids)),
        "other_base_loss": claim(losses["other rotary base"], "nats", n=len(ids)),
        "half_split_loss": claim(losses["half-split pairs"], "nats", n=len(ids)),
        "right_base": claim(model.config.rope_base, "", "exact"),
        "other_base": claim(_other_base(model), "", "exact"),
    }


def _blocks(settings: Settings) -> float:
    """Decoders against one number at a time, from the formats' description."""
    random = stream(settings.seed, "blocks")
    worst = 0.0
    for decode, size in ((gguf.q4_1, 20), (gguf.q8_0, 34)):
        raw = random.integers(0, 256, (settings.cases, size), dtype=np.uint8)
        scales = random.normal(size=(settings.cases, 2)).astype(np.float16)
        raw[:, :2] = scales[:, :1].view(np.uint8)
        if size == 20:
            raw[:, 2:4] = scales[:, 1:].copy().view(np.uint8)
        numbers = decode(raw)
        for block, (d, m) in enumerate(scales.astype(np.float64)):
            for i in range(gguf.BLOCK):
                if size == 20:
                    byte = int(raw[block, 4 + i % 16])
                    expected = d * (byte % 16 if i < 16 else byte // 16) + m
                else:
                    byte = int(raw[block, 2 + i])
                    expected = d * (byte - 256 if byte > 127 else byte)
                worst = max(worst, abs(numbers[block, i] - expected) / max(1.0, abs(expected)))
    return float(worst)


def _loss(settings: Settings) -> float:
    random = stream(settings.seed, "loss")
    quads = torch.from_numpy(random.normal(-60, 20, (4, settings.cases)))  # (4, P)
    worst = 0.0
    for beta in (0.03, 0.1, 0.3, 1.0):
        ours = dpo_loss(quads[0], quads[1], quads[2], quads[3], beta)[0]
        with mpmath.workdps(50):
            for found, (a, b, c, d) in zip(ours.tolist(), quads.T.tolist(), strict=True):
                margin = mpmath.mpf(beta) * ((mpmath.mpf(a) - c) - (mpmath.mpf(b) - d))
                exact = mpmath.log1p(mpmath.exp(-margin))
                worst = max(worst, float(abs(found - exact) / max(1, exact)))
    return worst


def _log_probs(model: Llama, rows: Rows) -> float:
    ours = sequence_log_probs(model, rows.ids, rows.mask)
    worst = 0.0
    for row, expected in enumerate(ours.tolist()):
        cache, total = Cache(model.config.layers), 0.0
        for at in range(int(rows.mask[row].nonzero().max())):
            states = model.run(model.embedding(rows.ids[row, at][None, None]), cache=cache)
            if rows.mask[row, at + 1]:
                logits = model.logits(states)[0, 0].double()
                total += float(logits.log_softmax(0)[rows.ids[row, at + 1]])
        worst = max(worst, abs(total - expected))
    return worst


def _merged(model: Llama, rows: Rows, seed: int) -> float:
    """Adapters beside the matrices and added to them; the matrices are put back after."""
    trained = lora.attach(model, rank=4, scale=2.0, first=model.config.layers - 1, seed=seed)
    for value in trained[1::2]:
        value.normal_(std=0.02)
    apart: Tensor = model(rows.ids[:1])
    parts = lora.matrices(model, model.config.layers - 1)
    before = {name: part.weight.clone() for name, part in parts.items()}
    lora.merge(model)
    together: Tensor = model(rows.ids[:1])
    for name, part in parts.items():
        part.weight.copy_(before[name])
    return float((apart - together).abs().max() / apart.abs().max())


def _other_base(model: Llama) -> float:
    return 10_000.0 if model.config.rope_base != 10_000.0 else 100_000.0


def _halve(model: Llama) -> None:
    """Rows of queries and keys put in the order that pairs (i, i + D/2) would need."""
    size = model.config.head_size
    order = torch.arange(size).view(2, size // 2).T.flatten()  # 0, D/2, 1, D/2 + 1, …
    for layer in model.layers:
        for part in (layer.q, layer.k):
            heads = part.weight.view(-1, size, part.weight.shape[1])
            part.weight.copy_(heads[:, order].reshape(part.weight.shape))


if __name__ == "__main__":
    step.run(main)
