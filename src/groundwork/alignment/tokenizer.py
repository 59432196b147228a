"""Byte-level byte-pair encoding with the vocabulary and merges that a model file brings."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise

UNKNOWN = 0  # for the few bytes of rare scripts that a vocabulary may lack
CONTROL = 3  # the token type of ggml for marks such as <|im_start|>


@cache
def byte_letters() -> dict[int, str]:
    """The printable letter that stands for each byte in a byte-level vocabulary.

    Source: Radford et al., GPT-2 (2019), `encoder.py`: printable bytes stand for themselves, the
    others are counted on from 256.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [value for value in range(256) if value not in printable]
    letters = {value: chr(value) for value in printable}
    return letters | {value: chr(256 + rank) for rank, value in enumerate(others)}


@cache
def pieces() -> re.Pattern[str]:
    """The pattern that cuts text before merging: each digit alone, then GPT-2's cut.

    Python's `re` has no Unicode categories, so the classes of letters and numbers are spelt out
    as ranges. A digit alone keeps no space before it, since digits are cut off first.

    Source: llama.cpp, `LLAMA_VOCAB_PRE_TYPE_SMOLLM`; Radford et al., GPT-2 (2019).
    """
    letter, number = _category("L"), _category("N")
    other = rf"[^\s{letter}{number}]"
    return re.compile(
        rf"[{number}]|'(?:s|t|re|ve|m|ll|d)| ?[{letter}]+| ?{other}+|\s+(?![^\s{number}])|\s+"
    )


def _category(major: str) -> str:
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] == major:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


class ByteBPE:
    """Text to token numbers and back: the merges of a file, applied in their order.

    `encode(text)` reads control marks such as `<|im_start|>` as text; `mark(name)` gives their
    number, so that nothing in a prompt can pose as a turn of the conversation.

    Raises: `ValueError` for a vocabulary that lacks a printable ASCII character or the result of a merge.
    Source: Sennrich et al. (2016), algorithm 1, over bytes.
    Checked by: tests/alignment/test_tokenizer.py (the `tokenizers` package).
    """

    def __init__(self, tokens: Sequence[str], merges: Iterable[str], kinds: Sequence[int]) -> None:
        self.tokens = list(tokens)
        self._number = {token: number for number, token in enumerate(tokens)}
        self._marks = {
            token: number
            for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
            if kind == CONTROL
        }
        self._rank: dict[tuple[str, str], int] = {}
        for rank, merge in enumerate(merges):
            first, _, second = merge.partition(" ")
            self._rank[first, second] = rank
            if first + second not in self._number:
                raise ValueError(
                    f"wrong vocabulary: it lacks {first + second!r}, which a merge makes"
                )
        letters = byte_letters()
        missing = [value for value, letter in letters.items() if letter not in self._number]
        if any(32 <= value < 127 for value in missing):
            raise ValueError(f"wrong vocabulary: no token for the bytes {missing[:5]}")
        self._byte = {letter: value for value, letter in letters.items()}
        self._piece = lru_cache(maxsize=100_000)(self._encode_piece)

    def __len__(self) -> int:
        return len(self.tokens)

    def mark(self, name: str) -> int:
        """The number of a control mark; raises `ValueError` where the vocabulary has none."""
        if name not in self._marks:
            raise ValueError(f"wrong vocabulary: it has no mark {name}")
        return self._marks[name]

    def encode(self, text: str) -> list[int]:
        """Text to numbers."""
        return [number for piece in pieces().findall(text) for number in self._piece(piece)]

    def decode(self, ids: Iterable[int]) -> str:
        """Numbers to text; marks are left out, bytes that form no character become U+FFFD."""
        words = (self.tokens[number] for number in ids if self.tokens[number] not in self._marks)
        raw = bytes(self._byte[letter] for word in words for letter in word)
        return raw.decode("utf-8", errors="replace")

    def _encode_piece(self, piece: str) -> tuple[int, ...]:
        letters = byte_letters()
        symbols = [letters[value] for value in piece.encode("utf-8")]
        while len(symbols) > 1:
            best = min(pairwise(symbols), key=lambda pair: self._rank.get(pair, len(self._rank)))
            if best not in self._rank:
                break
            symbols = _merge(symbols, best)
        return tuple(self._number.get(symbol, UNKNOWN) for symbol in symbols)


def _merge(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    at = 0
    while at < len(symbols):
        if tuple(symbols[at : at + 2]) == pair:
            merged.append(pair[0] + pair[1])
            at += 2
        else:
            merged.append(symbols[at])
            at += 1
    return merged
