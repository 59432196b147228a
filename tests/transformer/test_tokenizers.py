"""Tokenizers: round trips on any text, and byte-pair merges against a naive recount."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.transformer.tokenizers import (
    PIECES,
    BPETokenizer,
    CharTokenizer,
    from_dict,
    learn_merges,
    merge,
)

TEXT = "the cat sat on the mat; the dog's bone, the end.\n\nWhy, thou wert there! " * 3
BPE = BPETokenizer.train(TEXT, 300)


def naive_merges(pieces: Counter[str], rounds: int) -> list[tuple[int, int]]:
    """The oracle: every pair of every word recounted from nothing after each merge."""
    words = {piece: list(piece.encode()) for piece in pieces}
    merges: list[tuple[int, int]] = []
    for _ in range(rounds):
        counts: Counter[tuple[int, int]] = Counter()
        for piece, word in words.items():
            for pair in pairwise(word):
                counts[pair] += pieces[piece]
        if not counts or max(counts.values()) < 2:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        words = {piece: merge(word, best, 256 + len(merges)) for piece, word in words.items()}
        merges.append(best)
    return merges


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_comes_back(text: str) -> None:
    assert "".join(PIECES.findall(text)) == text
    assert BPE.decode(BPE.encode(text)) == text
    char = CharTokenizer.train(text)
    assert char.decode(char.encode(text)) == text


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="abc d\n", max_size=80), st.integers(0, 20))
def test_merges_equal_a_naive_recount(text: str, rounds: int) -> None:
    pieces = Counter(PIECES.findall(text))
    assert learn_merges(pieces, rounds) == naive_merges(pieces, rounds)


def test_merges_on_real_words_equal_a_naive_recount() -> None:
    pieces = Counter(PIECES.findall(TEXT))
    assert learn_merges(pieces, 40) == naive_merges(pieces, 40)


def test_textbook_example() -> None:
    """Sennrich et al.'s example starts with e s, es t (their end-of-word mark left out)."""
    pieces = Counter({"low": 5, "lower": 2, "newest": 6, "widest": 3})
    first, second = learn_merges(pieces, 2)
    assert first == (ord("e"), ord("s"))
    assert second == (256, ord("t"))


def test_encoding_replays_the_training() -> None:
    bpe = BPETokenizer.train(TEXT, 320)
    for piece in set(PIECES.findall(TEXT)):
        replayed = list(piece.encode())
        for rank, pair in enumerate(bpe.merges):
            replayed = merge(replayed, pair, 256 + rank)
        assert bpe.encode(piece) == replayed
    assert len(bpe.encode(TEXT)) < len(TEXT) / 2


def test_no_token_crosses_a_piece() -> None:
    bpe = BPETokenizer.train("ab ab ab ab. ab. ab.", 300)
    texts = {bpe.decode([index]) for index in range(256, len(bpe))}
    assert " ab" in texts
    assert not any("." in text and "a" in text for text in texts)


@pytest.mark.parametrize("tokenizer", [CharTokenizer.train(TEXT), BPE])
def test_saved_vocabulary_gives_the_same_tokens(tokenizer: CharTokenizer | BPETokenizer) -> None:
    again = from_dict(json.loads(json.dumps(tokenizer.as_dict())))
    assert again.encode(TEXT) == tokenizer.encode(TEXT)
    assert len(again) == len(tokenizer)


def test_refusals_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="character 'ü' at 1 is not in the alphabet of 4"):
        CharTokenizer("xyz\n").encode("xü")
    with pytest.raises(ValueError, match="at least 256"):
        BPETokenizer.train(TEXT, 255)
    with pytest.raises(ValueError, match="unknown kind"):
        from_dict({"kind": "word"})
