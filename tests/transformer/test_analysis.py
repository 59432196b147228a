"""Head scores: patterns on text that can be checked by eye, and heads built to follow them."""

import numpy as np
import pytest
import torch

from groundwork.transformer import analysis, patterns
from groundwork.transformer.checks import random_ids
from groundwork.transformer.drawing import outline
from groundwork.transformer.model import GPT

TEXT = "end.\nWe go to it now.\nBut"  # positions: 0-2 end, 3 '.', 4 break, 5 W …


def marked(pattern: str, row: int) -> str:
    """The characters that a row marks."""
    marks = patterns.PATTERNS[pattern](TEXT)
    return "".join(TEXT[j] for j in np.flatnonzero(marks[row]))


def test_patterns_mark_what_their_names_say() -> None:
    inside = TEXT.index("to")
    assert marked("previous_word", inside) == marked("previous_word", inside + 1) == "go"
    assert marked("previous_word", TEXT.index("We")) == "end"
    assert marked("previous_word", 1) == ""  # the first word has none before it
    assert marked("previous_word", 3) == ""  # a full stop is in no word
    assert marked("previous_character", inside) == " "
    assert marked("sentence_start", inside) == "We"
    assert marked("sentence_start", TEXT.index("now")) == "We"
    assert marked("sentence_start", TEXT.index("go")) == ""  # there it is the previous word
    assert marked("sentence_start", TEXT.index("But")) == ""
    assert marked("line_start", TEXT.index("go")) == "\nW"
    assert marked("line_start", TEXT.index("We") + 1) == ""
    assert marked("first_token", 7) == "e"


@pytest.mark.parametrize("pattern", patterns.PATTERNS)
def test_no_pattern_marks_the_present_or_the_future(pattern: str) -> None:
    marks = patterns.PATTERNS[pattern](TEXT)
    assert marks.any()
    assert not np.triu(marks).any()


@pytest.mark.parametrize("pattern", patterns.PATTERNS)
def test_a_head_built_to_follow_a_pattern_scores_one_and_others_what_they_should(
    pattern: str,
) -> None:
    marks = patterns.PATTERNS[pattern](TEXT)[None]  # (1, T, T)
    tokens = len(TEXT)
    follows = marks / np.maximum(marks.sum(-1, keepdims=True), 1)
    itself = np.eye(tokens)[None]
    even = (np.tri(tokens) / np.arange(1, tokens + 1)[:, None])[None]
    maps = np.stack([follows, itself, even], axis=1)[None]  # (1, 1, 3, T, T)
    scores = analysis.head_scores(maps, marks)[0]
    np.testing.assert_allclose(scores[:2], [1, 0], atol=1e-12)
    assert scores[2] == pytest.approx(analysis.uniform_score(marks))


def test_misplaced_marks_tell_reading_from_counting() -> None:
    """A head five back scores alike on both texts; a head that reads scores less on the other."""
    texts = ["ab cdef gh ijk l", "abcdefg h i jklm"]
    marks = np.stack([patterns.previous_word(text) for text in texts])
    reads = marks / np.maximum(marks.sum(-1, keepdims=True), 1)
    maps = reads[None, :, None]  # (1, B, 1, T, T)
    assert analysis.head_scores(maps, marks)[0, 0] == pytest.approx(1)
    assert analysis.misplaced_score(maps, marks)[0, 0] < 0.8


@pytest.mark.parametrize("pattern", patterns.PATTERNS)
@pytest.mark.parametrize("text", ["", "a", "\n", "abc def", ".\n", "?\n\n"])
def test_short_texts_without_structure_are_no_error(pattern: str, text: str) -> None:
    assert patterns.PATTERNS[pattern](text).shape == (len(text), len(text))


def test_examples_are_found_by_rule() -> None:
    text = "He.\nNo.\n\nWe go to it now, my lord.\nBut: I go too, my good lord.\n"
    assert patterns.stretches(text, 20, 32) == [".\n\nWe go to it now, my lord.\n",
                                                ".\nBut: I go too, my good lord.\n"]  # fmt: skip
    assert patterns.stretches("no sentence here", 5, 9) == ["no senten"]


def test_no_marks_is_an_error_not_a_number() -> None:
    with pytest.raises(ValueError, match="no row"):
        analysis.head_scores(np.ones((1, 1, 1, 3, 3)), np.zeros((1, 3, 3), dtype=bool))


def test_maps_are_causal_distributions(small: GPT) -> None:
    maps = analysis.attention_maps(small, random_ids(small, 3, 9, 0))
    assert maps.shape == (2, 3, 3, 9, 9)
    np.testing.assert_allclose(maps.sum(-1), 1, rtol=1e-6)
    assert not np.triu(maps, k=1).any()


def test_a_removed_head_equals_zeroed_weights(small: GPT) -> None:
    """Head 1 of layer 0 silenced against zeros in the columns that read it."""
    ids = random_ids(small, 2, 9, 1)
    before = small(ids)
    with analysis.head_removed(small, 0, 1):
        removed = small(ids)
    assert torch.equal(small(ids), before)  # nothing stays hooked
    assert not torch.allclose(removed, before)
    size = small.config.head_size
    with torch.no_grad():
        small.blocks[0].attention.out.weight[:, size : 2 * size] = 0
    torch.testing.assert_close(small(ids), removed)


def test_a_head_that_is_not_there_is_refused(small: GPT) -> None:
    for layer, head in ((2, 0), (0, 3), (-1, 0), (0, -1)):
        with (
            pytest.raises(IndexError, match="no layer"),
            analysis.head_removed(small, layer, head),
        ):
            pass


def test_maps_are_read_before_dropout_and_hooks_go_after_an_error(small: GPT) -> None:
    ids = random_ids(small, 2, 9, 1)
    expected = analysis.attention_maps(small, ids)
    for block in small.blocks:
        block.attention.dropout.p = 0.5
    with analysis.recording(small) as layers:
        small.train()(ids)
    np.testing.assert_array_equal(layers[0].float().detach().numpy(), expected[0])
    with pytest.raises(ValueError, match="exceed"):
        analysis.attention_maps(small, random_ids(small, 1, 17, 0))
    for block in small.blocks:
        assert not block.attention.dropout._forward_hooks


def test_removal_compares_position_by_position(single: GPT) -> None:
    ids = random_ids(single, 3, 10, 2)
    removal = analysis.remove_head(single, ids[:, :-1], ids[:, 1:], 1, 2)
    whole = analysis.token_losses(single, ids[:, :-1], ids[:, 1:])
    gone = []
    for head in range(3):
        with analysis.head_removed(single, 1, head):
            gone.append(analysis.token_losses(single, ids[:, :-1], ids[:, 1:]))
    np.testing.assert_allclose(removal.rise, gone[2] - whole)
    np.testing.assert_allclose(removal.control, (gone[0] + gone[1]) / 2 - whole, atol=1e-6)
    assert np.abs(removal.rise).max() > 1e-3


def test_served_positions_are_the_strongest_share() -> None:
    marks = np.tile(patterns.previous_character("abcdefghijk"), (1, 1, 1))
    maps = np.zeros((1, 1, 1, 11, 11))
    for row in range(1, 11):
        maps[0, 0, 0, row, row - 1] = row / 10
    served = analysis.served_positions(maps, marks, 0, 0, share=0.2)
    assert np.flatnonzero(served[0]).tolist() == [9, 10]


def test_bootstrap_interval_knows_that_a_window_is_one_case() -> None:
    """400 windows whose positions share one effect: as wide as for 400 positions, not 8,000."""
    generator = np.random.default_rng(0)
    values = generator.normal(3, 1, (400, 1)) + np.zeros((400, 20))
    where = generator.random((400, 20)) < 0.7
    where[0] = False  # a window without a position that counts
    low, high = analysis.interval(np.where(where, values, 99.0), where, generator)
    assert low < 3 < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.2)


def test_outline_runs_around_the_marked_cells() -> None:
    marks = np.zeros((3, 3), dtype=bool)
    marks[1, 0:2] = True  # a lying domino: six unit edges
    edges = {frozenset(edge) for edge in outline(marks)}
    assert len(edges) == 6
    assert frozenset({(-0.5, 0.5), (-0.5, 1.5)}) in edges  # its left end
    assert frozenset({(1.5, 0.5), (1.5, 1.5)}) in edges  # its right end
    assert frozenset({(0.5, 0.5), (0.5, 1.5)}) not in edges  # nothing between its cells
