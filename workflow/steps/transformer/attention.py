"""What the heads look at: scores with baselines, maps of given examples, removal of single heads."""

from pathlib import Path

import numpy as np
import torch

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.transformer import analysis
from groundwork.transformer.io import load, load_tokenizer, open_tokens
from groundwork.transformer.model import GPT
from groundwork.transformer.patterns import PATTERNS, stretches
from groundwork.transformer.tokenizers import Tokenizer
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """What the heads look at."""

    windows: int = knob("Windows of the validation text.", ge=2)
    untrained_seeds: list[bounded(int, ge=0)] = knob(
        "Untrained models of the baseline.", min_length=1
    )
    served_share: float = knob(
        "Share of counted positions that a head is said to serve.", gt=0, le=1
    )
    example_shortest: int = knob("Characters of the example, at least.", ge=1)
    example_longest: int = knob("Characters of the example, at most; fits the context.", ge=1)
    seed: int = knob("Seed of the bootstrap.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


def main(
    settings: Settings,
    *,
    checkpoint: Path,
    validation: Path,
    scores: step.Out,
    examples: step.Out,
    removals: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    model, tokenizer = load(checkpoint), load_tokenizer(checkpoint)
    tokens = np.asarray(open_tokens(validation)).astype(np.int64)
    context = model.config.context
    count = min(settings.windows, (len(tokens) - 1) // context)
    inputs = torch.from_numpy(tokens[: count * context].reshape(count, context))  # (B, T)
    targets = torch.from_numpy(tokens[1 : count * context + 1].reshape(count, context))
    texts = [tokenizer.decode(row.tolist()) for row in inputs]
    marks = {name: np.stack([mark(t) for t in texts]) for name, mark in PATTERNS.items()}
    maps = analysis.attention_maps(model, inputs)  # (L, B, H, T, T)
    rows = _score_rows(settings, model, inputs, maps, marks)
    write_table(scores, rows)
    best = _best_heads(rows)
    removal_rows, claims = _remove(settings, model, (inputs, targets), maps, marks, best)
    write_table(removals, removal_rows)
    texts = stretches(
        tokenizer.decode(tokens.tolist()), settings.example_shortest, settings.example_longest
    )
    arrays, shown = _examples(settings, model, best, texts, tokenizer)
    write_arrays(examples, arrays)
    return {
        **_score_claims(rows, best),
        **claims,
        **shown,
        "windows": claim(count, "", "exact"),
        "stretches": claim(len(texts), "", "exact"),
    }


def _untrained(model: GPT, seed: int) -> GPT:
    torch.manual_seed(seed)
    return GPT(model.config).eval()


def _score_rows(
    settings: Settings,
    model: GPT,
    inputs: torch.Tensor,
    maps: np.ndarray,
    marks: dict[str, np.ndarray],
) -> list[dict[str, object]]:
    untrained: dict[str, list[np.ndarray]] = {name: [] for name in marks}
    for seed in settings.untrained_seeds:
        fresh = analysis.attention_maps(_untrained(model, seed), inputs)  # one set at a time: large
        for name, mark in marks.items():
            untrained[name].append(analysis.head_scores(fresh, mark))
    rows: list[dict[str, object]] = []
    for name, mark in marks.items():
        even = analysis.uniform_score(mark)
        trained = analysis.head_scores(maps, mark)
        misplaced = analysis.misplaced_score(maps, mark)
        before = np.stack(untrained[name])
        for layer, head in np.ndindex(*trained.shape):
            rows.append(
                {
                    "pattern": name,
                    "layer": layer + 1,
                    "head": head + 1,
                    "score": trained[layer, head],
                    "misplaced": misplaced[layer, head],
                    "untrained": before[:, layer, head].mean(),
                    "untrained_highest": before[:, layer, head].max(),
                    "uniform": even,
                    "rows": int(mark.any(-1).sum()),
                }
            )
    return rows


def _best_heads(rows: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    best: dict[str, dict[str, object]] = {}
    for row in rows:
        name = str(row["pattern"])
        if name not in best or float(row["score"]) > float(best[name]["score"]):  # type: ignore[arg-type]
            best[name] = row
    return best


def _score_claims(
    rows: list[dict[str, object]], best: dict[str, dict[str, object]]
) -> dict[str, Claim]:
    claims: dict[str, Claim] = {}
    for name, row in best.items():
        n = int(row["rows"])  # type: ignore[call-overload]
        alike = [r for r in rows if r["pattern"] == name]
        highest = max(float(r["untrained_highest"]) for r in alike)  # type: ignore[arg-type]
        elsewhere = max(float(r["misplaced"]) for r in alike)  # type: ignore[arg-type]
        claims[f"{name}_head"] = claim(f"layer {row['layer']}, head {row['head']}", "", n=n)
        claims[f"{name}_score"] = claim(row["score"], n=n)
        claims[f"{name}_misplaced"] = claim(row["misplaced"], n=n)
        claims[f"{name}_misplaced_highest"] = claim(elsewhere, n=n)
        claims[f"{name}_untrained"] = claim(highest, n=n)
        claims[f"{name}_uniform"] = claim(row["uniform"], n=n)
    return claims


def _remove(
    settings: Settings,
    model: GPT,
    windows: tuple[torch.Tensor, torch.Tensor],
    maps: np.ndarray,
    marks: dict[str, np.ndarray],
    best: dict[str, dict[str, object]],
) -> tuple[list[dict[str, object]], dict[str, Claim]]:
    """Each pattern's best head removed: the rise where it serves, elsewhere, and of other heads."""
    rows: list[dict[str, object]] = []
    claims: dict[str, Claim] = {}
    generator = stream(settings.seed, "bootstrap")
    for name, row in best.items():
        layer, head = int(row["layer"]) - 1, int(row["head"]) - 1  # type: ignore[call-overload]
        served = analysis.served_positions(maps, marks[name], layer, head, settings.served_share)
        removal = analysis.remove_head(model, *windows, layer, head)
        groups = {
            "served": (removal.rise, served),
            "elsewhere": (removal.rise, ~served),
            "control": (removal.control, served),
        }
        for group, (rises, where) in groups.items():
            low, high = analysis.interval(rises, where, generator)
            mean, n = float(rises[where].mean()), int(where.sum())
            rows.append(
                {
                    "pattern": name,
                    "layer": row["layer"],
                    "head": row["head"],
                    "group": group,
                    "rise": mean,
                    "low": low,
                    "high": high,
                    "positions": n,
                }
            )
            claims[f"{name}_{group}_rise"] = claim(mean, n=n, spread=[low, high])
    return rows, claims


def _examples(
    settings: Settings,
    model: GPT,
    best: dict[str, dict[str, object]],
    texts: list[str],
    tokenizer: Tokenizer,
) -> tuple[dict[str, np.ndarray], dict[str, Claim]]:
    """Per pattern the stretch in which its best head follows it most, trained and untrained."""
    ids = [torch.tensor([tokenizer.encode(text)]) for text in texts]
    maps = [analysis.attention_maps(model, row) for row in ids]  # (L, 1, H, T, T) each
    fresh = _untrained(model, settings.untrained_seeds[0])
    arrays: dict[str, np.ndarray] = {}
    claims: dict[str, Claim] = {}
    for name, row in best.items():
        layer, head = int(row["layer"]) - 1, int(row["head"]) - 1  # type: ignore[call-overload]
        marks = [PATTERNS[name](text) for text in texts]
        scores = [
            analysis.head_scores(seen, mark[None])[layer, head] if mark.any() else 0.0
            for seen, mark in zip(maps, marks, strict=True)
        ]
        place = int(np.argmax(scores))
        before = analysis.attention_maps(fresh, ids[place])
        arrays |= {
            f"{name}_text": np.array(list(texts[place])),
            f"{name}_marks": marks[place],
            f"{name}_head": np.array([layer + 1, head + 1]),
            f"{name}_trained": maps[place][layer, 0, head],
            f"{name}_untrained": before[layer, 0, head],
        }
        claims[f"{name}_example_score"] = claim(scores[place])
    return arrays, claims


if __name__ == "__main__":
    step.run(main)
