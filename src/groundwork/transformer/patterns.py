"""Where a head might look: target sets in text, found from the characters alone.

A pattern is a boolean array (T, T) over one window: row i marks the places that position i would
look at if the head followed the pattern. Rows without a mark are not counted. Character tokens
are not words, so "previous word" marks the whole span of characters of that word.
"""

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np

WORD = re.compile(r"[A-Za-z']+")
# A sentence starts after . ! ? and white space, after a blank line, and after a speaker's name.
SENTENCE = re.compile(r"(?:[.!?]\s+|\n\n|:\n)(?=\S)")


def _word_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in WORD.finditer(text)]


def previous_character(text: str) -> np.ndarray:
    """Row i marks i - 1."""
    return np.eye(len(text), k=-1, dtype=bool)


def previous_word(text: str) -> np.ndarray:
    """Rows inside a word mark the word before it."""
    marks = np.zeros((len(text), len(text)), dtype=bool)
    spans = _word_spans(text)
    for (first, last), (start, stop) in pairwise(spans):
        marks[start:stop, first:last] = True
    return marks


def sentence_start(text: str) -> np.ndarray:
    """Rows at least two words into a sentence mark the sentence's first word.

    The first two words are left out: there the first word is the current or the previous one.
    """
    marks = np.zeros((len(text), len(text)), dtype=bool)
    begins = [match.end() for match in SENTENCE.finditer(text)]
    words = _word_spans(text)
    for begin, end in pairwise([*begins, len(text)]):
        inside = [span for span in words if begin <= span[0] < end]
        if len(inside) >= 3:
            marks[inside[2][0] : end, inside[0][0] : inside[0][1]] = True
    return marks


def line_start(text: str) -> np.ndarray:
    """Rows from a line's third character on mark the line break before it and its first character.

    Earlier rows are left out: there the marks would include the position itself or the one before.
    """
    marks = np.zeros((len(text), len(text)), dtype=bool)
    breaks = [place for place, character in enumerate(text) if character == "\n"]
    for place, end in pairwise([*breaks, len(text) - 1]):
        marks[place + 3 : end + 1, place : place + 2] = True
    return marks


def first_token(text: str) -> np.ndarray:
    """Rows from the third on mark the window's first position, whatever stands there."""
    marks = np.zeros((len(text), len(text)), dtype=bool)
    marks[2:, :1] = True
    return marks


PATTERNS: dict[str, Callable[[str], np.ndarray]] = {
    "previous_character": previous_character,
    "previous_word": previous_word,
    "sentence_start": sentence_start,
    "line_start": line_start,
    "first_token": first_token,
}


def stretches(text: str, shortest: int, longest: int) -> list[str]:
    """Every stretch of `text` in which a sentence start can be seen: what examples are taken from.

    One runs from the end of a sentence to a line's end, has `shortest` to `longest` characters,
    and at least a third of its rows mark their sentence's first word. Where there is none, the
    first `longest` characters.
    """
    found = []
    for match in SENTENCE.finditer(text):
        stretch = text[match.start() : text.find("\n", match.end()) + 1]
        fits = shortest <= len(stretch) <= longest
        if fits and sentence_start(stretch).any(-1).mean() >= 1 / 3:
            found.append(stretch)
    return found or [text[:longest]]
