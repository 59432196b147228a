"""Judges of manners that training never sees: a classifier of the Stanford corpus, a phrase rule.

Axis letters: N texts, F words of the vocabulary.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundwork.core.seeds import stream

WORD = re.compile(r"[a-z']+|[?!]")


@dataclass(frozen=True)
class Request:
    """A request of the corpus, and how polite five people found it (a normalised score)."""

    text: str
    score: float


def parse_corpus(raw: bytes, name: str) -> list[Request]:
    """The requests of one file of the corpus, called `name` in errors.

    81 rows of Stack Exchange hold more annotators than the header names, so the score is a row's
    last field and not the column of that name. Wikipedia is UTF-8, Stack Exchange is Latin-1.

    Raises: `ValueError` naming the file and line for a row without a number at its end.
    Source: Danescu-Niculescu-Mizil et al., "A computational approach to politeness" (2013).
    Checked by: tests/alignment/test_politeness.py (the published counts, 4,353 and 6,604).
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    reader = csv.reader(io.StringIO(text))
    if "Request" not in (heading := next(reader, [])):
        raise ValueError(f"{name} is not the politeness corpus: no column Request")
    column = heading.index("Request")
    found = []
    for row in reader:
        try:
            found.append(Request(row[column], float(row[-1])))
        except (ValueError, IndexError):
            raise ValueError(
                f"{name}, line {reader.line_num}: no score at the end of the row"
            ) from None
    return found


def quartiles(requests: Sequence[Request]) -> tuple[list[str], np.ndarray]:
    """The politest and the rudest quarter, and which is which: texts (N,), polite (N,) boolean.

    The middle half is left out, as in the corpus's own experiments.
    """
    low, high = np.quantile([request.score for request in requests], [0.25, 0.75])
    ends = [r for r in requests if r.score <= low or r.score >= high]
    return [r.text for r in ends], np.array([r.score >= high for r in ends])


def features(text: str) -> set[str]:
    """The words and the question and exclamation marks of a text, each once."""
    return set(WORD.findall(text.lower()))


@dataclass(frozen=True)
class Judge:
    """A linear classifier on words: log-odds of "polite" are a bias and a weighted mean of words.

    A text's words enter by their rarity in the corpus (inverse document frequency), as a vector of
    length one.
    """

    vocabulary: dict[str, int]
    rarity: np.ndarray  # (F,)
    weights: np.ndarray  # (F,)
    bias: float

    def log_odds(self, texts: Sequence[str]) -> np.ndarray:
        """Log-odds of "polite": (N,); above 0 counts as polite."""
        return np.array([self._log_odds(text) for text in texts])

    def _log_odds(self, text: str) -> float:
        places = sorted(self.vocabulary[w] for w in features(text) if w in self.vocabulary)
        rarity = self.rarity[places]
        length = np.sqrt((rarity**2).sum()) or 1.0
        return float(self.bias + (self.weights[places] * rarity).sum() / length)


def train_judge(texts: Sequence[str], polite: np.ndarray, c: float) -> Judge:
    """Logistic regression on words that occur in at least three texts; `c` as scikit-learn's C.

    Raises: `ValueError` when only one of the two manners is present.
    Checked by: tests/alignment/test_politeness.py (scikit-learn's own decision function).
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    if len(set(polite.tolist())) < 2:
        raise ValueError("a judge needs polite and rude texts, and was given one kind only")
    counter = TfidfVectorizer(analyzer=features, min_df=3, binary=True)
    matrix = counter.fit_transform(texts)
    fitted = LogisticRegression(C=c, max_iter=1000).fit(matrix, polite)
    words = {word: int(place) for word, place in counter.vocabulary_.items()}
    return Judge(words, counter.idf_, fitted.coef_[0], float(fitted.intercept_[0]))


# Phrases of good and bad manners in general, none of them a template's whole opening or closing.
POLITE = (
    "thank you|thanks|please|glad|happy to|pleasure|welcome|appreciate[d]?|kind|kindly|lovely"
    "|wonderful|hope (?:this|that|it)|best wishes|all the best|good luck|wish you|sorry|gladly"
    "|feel free|take care|my friend|dear"
)
RUDE = (
    "stupid|silly|dumb|fool|foolish|idiot|moron|nonsense|lazy|ugh|duh|shut up|go away|leave me"
    "|bother|wast(?:e|ing)|annoy(?:ing)?|tired of|no clue|clueless|obvious|obviously|even a child"
    "|use your (?:head|brain)|think before|look it up|figure it out|pathetic|ridiculous|ignorant"
)


def count_phrases(phrases: str, text: str) -> int:
    """How often one of `phrases` occurs as whole words ("ugh" is not in "through")."""
    return len(re.findall(rf"\b(?:{phrases})\b", text.lower()))


def by_phrases(text: str) -> int:
    """1 for more polite phrases than rude ones, -1 for more rude ones, 0 for neither."""
    balance = count_phrases(POLITE, text) - count_phrases(RUDE, text)
    return (balance > 0) - (balance < 0)


def bootstrap_difference(
    before: np.ndarray, after: np.ndarray, seed: int, draws: int = 2000, level: float = 0.95
) -> tuple[float, float, float]:
    """Mean of `after` minus mean of `before` over the same prompts, and its interval.

    Prompts are redrawn, not answers: two answers to one prompt are not independent.
    Shapes: (prompts, answers) each.
    """
    gap = after.mean(axis=1) - before.mean(axis=1)  # (prompts,)
    picks = stream(seed, "bootstrap").integers(0, len(gap), size=(draws, len(gap)))
    means = gap[picks].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(gap.mean()), float(low), float(high)
