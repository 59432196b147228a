"""Base and aligned policies on held-out questions: manners by three judges, KL, perplexity."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from groundwork.alignment import lora, sampling
from groundwork.alignment.chat import Chat, token_rows
from groundwork.alignment.divergence import divergence, perplexity
from groundwork.alignment.io import neutral_text, open_adapters, open_base, open_judge
from groundwork.alignment.manners import prompts
from groundwork.alignment.model import Llama
from groundwork.alignment.politeness import Judge, bootstrap_difference, by_phrases
from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Evaluation on held-out questions."""

    questions: int = knob("Held-out questions, the first ones.", ge=2)
    draws: int = knob("Answers to each question.", ge=1)
    length: int = knob("Longest answer, in tokens.", ge=2)
    divergence_rows: int = knob("Answers on which KL is taken, the first ones.", ge=2)
    neutral_tokens: int = knob("Tokens of neutral text for the perplexity.", ge=2)
    points: list[str] = knob("Kept adapters that are judged, run@update.", min_length=1)
    headline: str = knob("The point of which the page speaks first; named before it was run.")
    shown: int = knob("Questions whose answers are printed, the first ones.", ge=1)
    failures: int = knob("The headline's answers that are printed as its worst.", ge=1)
    context: int = knob("Tokens that the network may see.", ge=16)
    seed: int = knob("Seed of the draws and of the bootstrap.", ge=0)
    threads: int = knob("PyTorch's threads.", ge=1)


@dataclass(frozen=True)
class Found:
    """What one policy did: scores (questions, draws) by judge, KL by row, perplexity."""

    answers: list[str]
    judged: np.ndarray
    phrases: np.ndarray
    rude: np.ndarray
    exact: np.ndarray
    sampled: np.ndarray
    perplexity: float


def main(
    settings: Settings,
    *,
    weights: list[Path],
    base: Path,
    adapters: Path,
    judge: Path,
    table: step.Out,
    answers: step.Out,
    failures: step.Out,
) -> step.Claims:
    torch.set_num_threads(settings.threads)
    model, chat, _ = open_base(weights, base, settings.context)
    classifier = open_judge(judge)
    asked = [question for question, _ in prompts("held_out")][: settings.questions]
    neutral = chat.plain(neutral_text())[: settings.neutral_tokens]
    sets = {"base": {}, **{name: open_adapters(adapters)[name] for name in settings.points}}
    found: dict[str, Found] = {}
    for name, saved in sets.items():
        lora.load(model, saved)
        found[name] = _judge(settings, model, chat, classifier, asked, neutral)
        print(f"{name}: {100 * found[name].phrases.mean():.0f} % polite", flush=True)
    rows = [_row(settings, name, found) for name in found]
    write_table(table, rows)
    write_table(answers, _shown(settings, classifier, asked, found))
    write_table(failures, _failures(settings, classifier, asked, found[settings.headline]))
    return _claims(settings, rows, found)


def _judge(
    settings: Settings,
    model: Llama,
    chat: Chat,
    judge: Judge,
    asked: list[str],
    neutral: list[int],
) -> Found:
    questions = [question for question in asked for _ in range(settings.draws)]
    drawn = sampling.answers(model, chat, questions, length=settings.length, seed=settings.seed)
    texts = [chat.decode(row) for row in drawn]
    order = [i for d in range(settings.draws) for i in range(d, len(texts), settings.draws)]
    some = order[: settings.divergence_rows]
    rows = token_rows(chat, [questions[i] for i in some], [drawn[i] for i in some])
    # Without adapters the policy is the reference, and KL is zero without any arithmetic.
    moved = divergence(model, rows) if lora.weights(model) else None
    zero = np.zeros(len(rows))
    by_rule = np.array([by_phrases(text) for text in texts]).reshape(-1, settings.draws)
    return Found(
        texts,
        (judge.log_odds(texts) > 0).reshape(-1, settings.draws),
        by_rule == 1,
        by_rule == -1,
        moved.exact.double().numpy() if moved else zero,
        moved.sampled.double().numpy() if moved else zero,
        perplexity(model, neutral, settings.context // 2),
    )


def _row(settings: Settings, name: str, found: dict[str, Found]) -> dict[str, Any]:
    this, base = found[name], found["base"]
    rise, low, high = bootstrap_difference(
        base.phrases.astype(float), this.phrases.astype(float), settings.seed
    )
    judged, judged_low, judged_high = bootstrap_difference(
        base.judged.astype(float), this.judged.astype(float), settings.seed
    )
    endings = Counter(text.rstrip().rsplit(".", 2)[-2:][0].strip()[-40:] for text in this.answers)
    return {
        "point": name,
        "phrases": 100 * this.phrases.mean(),
        "rude": 100 * this.rude.mean(),
        "phrases_rise": 100 * rise,
        "phrases_low": 100 * low,
        "phrases_high": 100 * high,
        "judged": 100 * this.judged.mean(),
        "judged_rise": 100 * judged,
        "judged_low": 100 * judged_low,
        "judged_high": 100 * judged_high,
        "kl": this.exact.mean(),
        "kl_error": this.exact.std(ddof=1) / len(this.exact) ** 0.5,
        "kl_sampled": this.sampled.mean(),
        "kl_sampled_error": this.sampled.std(ddof=1) / len(this.sampled) ** 0.5,
        "perplexity": this.perplexity,
        "perplexity_rise": 100 * (this.perplexity / base.perplexity - 1),
        "commonest_ending": 100 * endings.most_common(1)[0][1] / len(this.answers),
    }


def _line(text: str) -> str:
    """An answer in one line; a box for what a PDF may be unable to set, such as half a character."""
    letters = (c if c.isascii() or c in "‘’“”–—…éèüöäß" else "□" for c in text)
    return " ".join("".join(letters).split())


def _shown(
    settings: Settings, judge: Judge, asked: list[str], found: dict[str, Found]
) -> list[dict[str, Any]]:
    """The first questions with the first answer of base and headline: unselected."""
    rows = []
    for number, question in enumerate(asked[: settings.shown]):
        row: dict[str, Any] = {"prompt": question}
        for name, point in (("base", "base"), ("aligned", settings.headline)):
            text = found[point].answers[number * settings.draws]
            row[name] = _line(text)
            row[f"{name}_verdict"] = {1: "polite", 0: "neither", -1: "rude"}[by_phrases(text)]
            row[f"{name}_log_odds"] = judge.log_odds([text])[0]
        rows.append(row)
    return rows


def _failures(
    settings: Settings, judge: Judge, asked: list[str], headline: Found
) -> list[dict[str, Any]]:
    """The headline's worst answers: not polite by the phrase rule first, then by the classifier."""
    polite = headline.phrases.reshape(-1)
    odds = judge.log_odds(headline.answers)
    worst = np.lexsort((odds, polite))[: settings.failures]
    return [
        {
            "prompt": asked[i // settings.draws],
            "answer": _line(headline.answers[i]),
            "phrases": "polite" if polite[i] else "not polite",
            "log_odds": odds[i],
        }
        for i in worst
    ]


def _claims(
    settings: Settings, rows: list[dict[str, Any]], found: dict[str, Found]
) -> dict[str, Claim]:
    made: dict[str, Claim] = {"answers": claim(len(found["base"].answers), "", "exact")}
    told = {row["point"]: row for row in rows}
    chosen = {"base": "base", "headline": settings.headline}
    chosen |= {point.partition("@")[0]: point for point in settings.points}  # each run's last
    n = len(found["base"].answers)
    for name, point in chosen.items():
        row = told[point]
        for key in ("phrases", "judged", "rude", "commonest_ending"):
            made[f"{name}_{key}"] = claim(row[key], "%", n=n)
        made[f"{name}_perplexity"] = claim(row["perplexity"])
        if name == "base":
            continue
        for key in ("phrases", "judged"):
            spread = [row[f"{key}_low"], row[f"{key}_high"]]
            made[f"{name}_{key}_rise"] = claim(row[f"{key}_rise"], "points", n=n, spread=spread)
        kl = len(found[point].exact)
        for key in ("kl", "kl_sampled"):
            error = 2 * row[f"{key}_error"]
            spread = [row[key] - error, row[key] + error]
            made[f"{name}_{key}"] = claim(row[key], "nats", n=kl, spread=spread)
        made[f"{name}_perplexity_rise"] = claim(row["perplexity_rise"], "%")
    return made


if __name__ == "__main__":
    step.run(main)
