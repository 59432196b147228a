"""The pairs: one fact in both answers, equal lengths, nothing shared with what is held out."""

import pytest
import torch

from groundwork.alignment.chat import rows
from groundwork.alignment.facts import FACTS, TRAINING
from groundwork.alignment.manners import CLOSINGS, OPENINGS, Pair, pairs, prompts, templates
from groundwork.alignment.politeness import by_phrases


def test_there_are_sixty_questions_to_train_on_and_thirty_held_out_none_in_both() -> None:
    assert TRAINING == 60
    assert len(prompts("held_out")) == 30
    assert len({question for question, _ in FACTS}) == len(FACTS) == 90
    assert len({fact for _, fact in FACTS}) == 90


def test_no_template_part_is_in_both_parts_or_both_manners() -> None:
    for table in (OPENINGS, CLOSINGS):
        every = [text for part in table.values() for texts in part.values() for text in texts]
        assert len(every) == len(set(every))


def test_each_opening_and_closing_has_five_words() -> None:
    for table in (OPENINGS, CLOSINGS):
        for part in table.values():
            for texts in part.values():
                assert {len(text.split()) for text in texts} == {5}


@pytest.mark.parametrize("part", ["train", "held_out"])
def test_answers_state_their_fact_alike_and_are_equally_long(part: str) -> None:
    made = pairs(part, 2, 0)  # type: ignore[arg-type]
    facts = dict(prompts(part))  # type: ignore[arg-type]
    assert len(made) == 2 * len(facts)
    for pair in made:
        assert pair.fact == facts[pair.prompt]
        assert pair.chosen.count(pair.fact) == pair.rejected.count(pair.fact) == 1
        assert len(pair.chosen.split()) == len(pair.rejected.split())
        assert (by_phrases(pair.chosen), by_phrases(pair.rejected)) == (1, -1)


def test_templates_are_used_about_equally_often() -> None:
    made = pairs("train", 3, 0)
    for manner, key in (("polite", "chosen"), ("rude", "rejected")):
        counts = [
            sum(getattr(pair, key) == f"{a} {pair.fact} {b}" for pair in made)
            for a, b in templates("train", manner)  # type: ignore[arg-type]
        ]
        assert sum(counts) == len(made)
        assert max(counts) - min(counts) <= 1


def test_the_seed_alone_decides() -> None:
    assert pairs("train", 1, 4) == pairs("train", 1, 4)
    assert pairs("train", 1, 4) != pairs("train", 1, 5)


def test_an_empty_pair_or_an_answer_without_its_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="pair 3 has an empty rejected"):
        Pair(3, "train", "Why?", "Because.", "Because.", " ")
    with pytest.raises(ValueError, match="lacks its fact"):
        Pair(3, "train", "Why?", "Because.", "Because.", "No.")


class Letters:
    """A token a letter; 0 ends an answer."""

    end = 0

    def prompt(self, question: str) -> list[int]:
        return [ord(letter) for letter in question]

    def answer(self, text: str) -> list[int]:
        return [*(ord(letter) for letter in text), 0]


def test_rows_mark_the_answer_and_its_end_alone() -> None:
    made = rows(Letters(), ["ab", "c"], ["xyz", "w"], 10)  # type: ignore[arg-type]
    assert made.mask.tolist() == [
        [False, False, True, True, True, True],
        [False, True, True] + [False] * 3,
    ]
    cut = made.take(torch.tensor([1]))
    assert cut.ids.tolist() == [[ord("c"), ord("w"), 0]]


def test_a_row_longer_than_the_context_or_without_answer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'ab' and its answer have 6 tokens, more than .* 5"):
        rows(Letters(), ["ab"], ["xyz"], 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the answer to 'ab' is empty"):
        rows(Letters(), ["ab"], [""], 5)  # type: ignore[arg-type]
