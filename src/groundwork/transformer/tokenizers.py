"""Tokenizers from scratch: one token a character, and byte-pair encoding over bytes."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

Pair = tuple[int, int]

# A word with the space before it, digits, punctuation, white space; the last branch takes what
# is left, so that the pieces always tile the text.
PIECES = re.compile(r" ?[^\W\d_]+| ?\d+| ?[^\w\s]+|\s+|.", re.DOTALL)


class CharTokenizer:
    """One token a character, numbered in the order of their code points.

    Raises: `ValueError` for a character that the alphabet lacks, by name and place.
    Checked by: tests/transformer/test_tokenizers.py (round trip on random text).
    """

    def __init__(self, alphabet: Iterable[str]) -> None:
        self.alphabet = sorted(set(alphabet))
        self._index = {character: index for index, character in enumerate(self.alphabet)}

    @classmethod
    def train(cls, text: str) -> "CharTokenizer":
        """The tokenizer whose alphabet is every character of `text`."""
        return cls(text)

    def __len__(self) -> int:
        return len(self.alphabet)

    def encode(self, text: str) -> list[int]:
        """Text to indices."""
        try:
            return [self._index[character] for character in text]
        except KeyError as problem:
            character = problem.args[0]
            raise ValueError(
                f"character {character!r} at {text.index(character)} is not in the alphabet of "
                f"{len(self)}"
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """Indices to text."""
        return "".join(self.alphabet[index] for index in ids)

    def as_dict(self) -> dict[str, Any]:
        """The saved vocabulary."""
        return {"kind": "char", "alphabet": "".join(self.alphabet)}


class BPETokenizer:
    """Byte-pair encoding: bytes, then the most frequent neighbours merged, again and again.

    Tokens 0 to 255 are the bytes, so that any text can be encoded; token 256 + r is the pair
    merged in round r. Pieces (words with the space before them) are never merged across.

    Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016),
    algorithm 1; bytes instead of characters after Radford et al., GPT-2 (2019), section 2.2.
    Checked by: tests/transformer/test_tokenizers.py (a naive recount after every merge).
    """

    def __init__(self, merges: Iterable[Iterable[int]]) -> None:
        self.merges: list[Pair] = [(first, second) for first, second in merges]
        self._rank = {pair: rank for rank, pair in enumerate(self.merges)}
        self._bytes = [bytes([value]) for value in range(256)]
        for first, second in self.merges:
            self._bytes.append(self._bytes[first] + self._bytes[second])
        self._piece = lru_cache(maxsize=100_000)(self._encode_piece)

    @classmethod
    def train(cls, text: str, vocabulary: int) -> "BPETokenizer":
        """Merges learnt from `text` until `vocabulary` tokens exist, or no pair occurs twice.

        Raises: `ValueError` for a vocabulary that lacks room for the 256 bytes.
        """
        if vocabulary < 256:
            raise ValueError(f"a byte-level vocabulary has at least 256 tokens, not {vocabulary}")
        return cls(learn_merges(Counter(PIECES.findall(text)), vocabulary - 256))

    def __len__(self) -> int:
        return len(self._bytes)

    def encode(self, text: str) -> list[int]:
        """Text to indices."""
        return [index for piece in PIECES.findall(text) for index in self._piece(piece)]

    def _encode_piece(self, piece: str) -> tuple[int, ...]:
        """The merges applied in the order in which they were learnt."""
        symbols = list(piece.encode("utf-8"))
        while len(symbols) > 1:
            ranked = [self._rank.get(pair, len(self.merges)) for pair in _pairs(symbols)]
            best = min(ranked)
            if best == len(self.merges):
                break
            symbols = merge(symbols, self.merges[best], 256 + best)
        return tuple(symbols)

    def decode(self, ids: Iterable[int]) -> str:
        """Indices to text; bytes that form no character (a cut one) become U+FFFD."""
        return b"".join(self._bytes[index] for index in ids).decode("utf-8", errors="replace")

    def as_dict(self) -> dict[str, Any]:
        """The saved vocabulary."""
        return {"kind": "bpe", "merges": [list(pair) for pair in self.merges]}


Tokenizer = CharTokenizer | BPETokenizer


def from_dict(saved: dict[str, Any]) -> Tokenizer:
    """The tokenizer that `as_dict` described.

    Raises: `ValueError` naming the key for an unknown kind, or an entry that is missing or wrong.
    """
    if not isinstance(saved, dict):
        raise ValueError(f"a tokenizer is a mapping, not {type(saved).__name__}")
    kind, alphabet, merges = (saved.get(key) for key in ("kind", "alphabet", "merges"))
    if kind == "char":
        if not isinstance(alphabet, str) or not alphabet:
            raise ValueError(f"alphabet: expected text, not {alphabet!r:.40}")
        return CharTokenizer(alphabet)
    if kind != "bpe":
        raise ValueError(f"kind: unknown kind of tokenizer {kind!r:.40}; known are 'char', 'bpe'")
    if not isinstance(merges, list) or not all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(type(part) is int and 0 <= part < 256 + rank for part in pair)
        for rank, pair in enumerate(merges)
    ):
        raise ValueError("merges: expected pairs of earlier tokens")
    return BPETokenizer(merges)


def _pairs(symbols: list[int]) -> Iterable[Pair]:
    return pairwise(symbols)


def merge(symbols: list[int], pair: Pair, index: int) -> list[int]:
    """Every occurrence of `pair` replaced by `index`, from the left, without overlap."""
    merged: list[int] = []
    position = 0
    while position < len(symbols):
        if tuple(symbols[position : position + 2]) == pair:
            merged.append(index)
            position += 2
        else:
            merged.append(symbols[position])
            position += 1
    return merged


def learn_merges(pieces: Counter[str], rounds: int) -> list[Pair]:
    """The `rounds` most frequent pairs, each counted after the merges before it.

    Only the words that hold the merged pair are recounted. Ties go to the smaller pair of
    indices, so that the result does not depend on the order of a dictionary.
    """
    words = [list(piece.encode("utf-8")) for piece in pieces]
    times = list(pieces.values())
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)
    for number, word in enumerate(words):
        for pair in _pairs(word):
            counts[pair] += times[number]
            where[pair].add(number)
    merges: list[Pair] = []
    while len(merges) < rounds and counts:
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        if counts[best] < 2:
            break
        for number in sorted(where.pop(best)):
            for pair in _pairs(words[number]):
                counts[pair] -= times[number]
            words[number] = merge(words[number], best, 256 + len(merges))
            for pair in _pairs(words[number]):
                counts[pair] += times[number]
                where[pair].add(number)
        counts += Counter()  # drops the pairs that no longer occur
        merges.append(best)
    return merges
