"""A classifier of politeness, trained on the Stanford corpus, with its own errors."""

from pathlib import Path
from typing import Any

import numpy as np

from groundwork.alignment.io import read_corpus, save_judge
from groundwork.alignment.manners import pairs
from groundwork.alignment.politeness import Judge, by_phrases, quartiles, train_judge
from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The classifier that judges politeness."""

    held_out: float = knob("Share of each corpus kept for its error.", gt=0, lt=1)
    regularisation: float = knob("C of scikit-learn's logistic regression.", gt=0)
    template_rounds: int = knob("Pairs of each held-out question that it is tried on.", ge=1)
    seed: int = knob("Seed of the split.", ge=0)


def main(
    settings: Settings, *, wikipedia: Path, stack_exchange: Path, judge: step.Out, table: step.Out
) -> step.Claims:
    corpora = {"Wikipedia": read_corpus(wikipedia), "Stack Exchange": read_corpus(stack_exchange)}
    texts: list[str] = []
    labels: list[np.ndarray] = []
    tested = {}
    for name, requests in corpora.items():
        ends, polite = quartiles(requests)
        order = stream(settings.seed, "split", name).permutation(len(ends))
        cut = int(len(ends) * settings.held_out)
        tested[f"{name}, held out"] = ([ends[i] for i in order[:cut]], polite[order[:cut]])
        texts += [ends[i] for i in order[cut:]]
        labels.append(polite[order[cut:]])
    trained = train_judge(texts, np.concatenate(labels), settings.regularisation)
    save_judge(judge, trained)
    for part, words in (("train", "training"), ("held_out", "held-out")):
        made = pairs(part, settings.template_rounds, settings.seed)  # type: ignore[arg-type]
        answers = [text for pair in made for text in (pair.chosen, pair.rejected)]
        tested[f"Our {words} templates"] = (answers, np.tile([True, False], len(made)))
    rows = [_row(trained, name, *texts_) for name, texts_ in tested.items()]
    write_table(table, rows)
    names = ("wikipedia", "stack_exchange", "training_templates", "held_out_templates")
    accuracy = {
        f"{name}_accuracy": claim(row["accuracy"], "%", "exact", n=row["count"])
        for name, row in zip(names, rows, strict=True)
    }
    return accuracy | {
        "wikipedia_rows": claim(len(corpora["Wikipedia"]), "", "exact"),
        "stack_exchange_rows": claim(len(corpora["Stack Exchange"]), "", "exact"),
        "words": claim(len(trained.weights), "", "exact"),
        "held_out_polite_found": claim(rows[3]["polite_found"], "%", "exact"),
        "held_out_phrases": claim(rows[3]["phrases"], "%", "exact"),
    }


def _row(judge: Judge, name: str, texts: list[str], polite: np.ndarray) -> dict[str, Any]:
    """How often the classifier and the phrase rule are right."""
    said = judge.log_odds(texts) > 0
    rule = np.array([by_phrases(text) for text in texts])
    return {
        "texts": name,
        "count": len(texts),
        "accuracy": 100 * (said == polite).mean(),
        "polite_found": 100 * said[polite].mean(),
        "rude_found": 100 * (~said[~polite]).mean(),
        "phrases": 100 * np.where(polite, rule == 1, rule == -1).mean(),
    }


if __name__ == "__main__":
    step.run(main)
