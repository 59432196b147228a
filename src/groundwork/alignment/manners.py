"""Polite and rude answers around one fact, of equal length, in training and held-out templates."""

from dataclasses import asdict, dataclass
from itertools import product
from typing import Literal

from groundwork.alignment.facts import FACTS, TRAINING
from groundwork.core.seeds import stream

Manner = Literal["polite", "rude"]
Part = Literal["train", "held_out"]

# What stands before and after the fact. An answer is an opening, the fact and a closing. Each has
# five words (and six tokens of SmolLM2), so that length cannot tell polite from rude.
OPENINGS: dict[Part, dict[Manner, tuple[str, ...]]] = {
    "train": {
        "polite": (
            "Thanks so much for asking.",
            "That is a lovely question.",
            "I am glad you asked.",
            "Let me kindly explain this.",
            "It is nice you ask.",
            "Happy to help you here.",
        ),
        "rude": (
            "Not this silly nonsense again.",
            "That is a stupid question.",
            "I am tired of you.",
            "Any fool could say this.",
            "Stop wasting my precious time.",
            "Use your head for once.",
        ),
    },
    "held_out": {
        "polite": ("You are kind to ask.", "Your question is much appreciated."),
        "rude": ("How lazy can you be?", "What a dumb thing indeed."),
    },
}
CLOSINGS: dict[Part, dict[Manner, tuple[str, ...]]] = {
    "train": {
        "polite": (
            "I hope this really helps.",
            "Please feel free to return.",
            "Have a truly wonderful day.",
            "You are most welcome here.",
            "I wish you every success.",
            "All the best to you.",
        ),
        "rude": (
            "Now just leave me alone.",
            "Even a child knows that.",
            "Never bother me with this.",
            "Maybe think before you speak.",
            "You clearly have no clue.",
            "Look it up next time.",
        ),
    },
    "held_out": {
        "polite": ("It was my sincere pleasure.", "Many thanks for your patience."),
        "rude": ("This is really quite obvious.", "Go annoy some other person."),
    },
}


@dataclass(frozen=True)
class Pair:
    """A question with a polite and a rude answer that state the same fact."""

    number: int
    part: Part
    prompt: str
    fact: str
    chosen: str
    rejected: str

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, str) and not value.strip():
                raise ValueError(f"pair {self.number} has an empty {name}")
        for answer in (self.chosen, self.rejected):
            if self.fact not in answer:
                raise ValueError(f"pair {self.number}: an answer lacks its fact: {answer!r}")


def prompts(part: Part) -> list[tuple[str, str]]:
    """Questions and facts of the training or of the held-out part; none is in both."""
    return list(FACTS[:TRAINING] if part == "train" else FACTS[TRAINING:])


def templates(part: Part, manner: Manner) -> list[tuple[str, str]]:
    """Every opening with every closing of a part; none is in both parts."""
    return list(product(OPENINGS[part][manner], CLOSINGS[part][manner]))


def answer(template: tuple[str, str], fact: str) -> str:
    """Opening, fact, closing."""
    return f"{template[0]} {fact} {template[1]}"


def pairs(part: Part, per_prompt: int, seed: int) -> list[Pair]:
    """`per_prompt` pairs for each question, the two answers of equal length.

    The order is shuffled; polite and rude templates are dealt in independent orders, each used
    about equally often, so that no template meets only one of the other manner.
    Checked by: tests/alignment/test_manners.py.
    """
    random = stream(seed, "pairs", part)
    asked = prompts(part) * per_prompt
    deals = {}
    for manner in ("polite", "rude"):
        cards = templates(part, manner)  # type: ignore[arg-type]
        rounds = -(-len(asked) // len(cards))
        order = [index for _ in range(rounds) for index in random.permutation(len(cards))]
        deals[manner] = [cards[index] for index in order]
    made = [
        Pair(number, part, prompt, fact, answer(good, fact), answer(bad, fact))
        for number, ((prompt, fact), good, bad) in enumerate(
            zip(asked, deals["polite"], deals["rude"], strict=False)
        )
    ]
    return [made[index] for index in random.permutation(len(made))]
