"""Conversations as token numbers: what is prompt, what is answer, and how rows are laid out.

Axis letters: N rows, T tokens in each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from groundwork.alignment.tokenizer import ByteBPE
from groundwork.transformer.tokenizers import Tokenizer


class Chat(Protocol):
    """What turns questions and answers into tokens."""

    end: int

    def prompt(self, question: str) -> list[int]: ...
    def answer(self, text: str) -> list[int]: ...
    def plain(self, text: str) -> list[int]: ...
    def decode(self, ids: Sequence[int]) -> str: ...


class SmolChat:
    """SmolLM2's turns: `<|im_start|>user … <|im_end|>`, then the assistant's.

    Differs: no system turn. The file's own template puts a fixed sentence of twenty tokens there.
    """

    def __init__(self, tokenizer: ByteBPE) -> None:
        self.tokenizer = tokenizer
        self.start, self.end = tokenizer.mark("<|im_start|>"), tokenizer.mark("<|im_end|>")

    def prompt(self, question: str) -> list[int]:
        """The user's turn, and the beginning of the assistant's."""
        encode = self.tokenizer.encode
        turn = [self.start, *encode("user\n"), *encode(question), self.end, *encode("\n")]
        return [*turn, self.start, *encode("assistant\n")]

    def answer(self, text: str) -> list[int]:
        """An answer and the mark that ends it."""
        return [*self.tokenizer.encode(text), self.end]

    def plain(self, text: str) -> list[int]:
        """Text outside any conversation."""
        return self.tokenizer.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text up to the end mark."""
        ids = list(ids)
        return self.tokenizer.decode(ids[: ids.index(self.end)] if self.end in ids else ids)


class PlainChat:
    """Turns for the stand-in, which knows characters only: a question a line, an answer a line."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        (self.end,) = tokenizer.encode("\n")

    def prompt(self, question: str) -> list[int]:
        """The question's line."""
        return [*self.plain(question), self.end]

    def answer(self, text: str) -> list[int]:
        """The answer's line."""
        return [*self.plain(text), self.end]

    def plain(self, text: str) -> list[int]:
        """Text without the characters that the alphabet lacks."""
        known = set(getattr(self.tokenizer, "alphabet", text))
        return self.tokenizer.encode("".join(letter for letter in text if letter in known))

    def decode(self, ids: Sequence[int]) -> str:
        """The text up to the end of its line."""
        ids = list(ids)
        return self.tokenizer.decode(ids[: ids.index(self.end)] if self.end in ids else ids)


@dataclass(frozen=True)
class Rows:
    """Token rows padded on the right, and which tokens belong to the answer."""

    ids: Tensor  # (N, T)
    mask: Tensor  # (N, T), boolean

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Tensor) -> "Rows":
        """Some rows, cut to the longest of them."""
        mask = self.mask[rows]
        longest = int(mask.nonzero()[:, 1].max()) + 1
        return Rows(self.ids[rows, :longest], mask[:, :longest])


def rows(chat: Chat, asked: Sequence[str], answers: Sequence[str], context: int) -> Rows:
    """Questions and answers as rows.

    Raises: `ValueError` for an empty answer, or a row that is longer than the context.
    """
    made = []
    for question, text in zip(asked, answers, strict=True):
        if not text.strip():
            raise ValueError(f"the answer to {question!r} is empty")
        prompt, answer = chat.prompt(question), chat.answer(text)
        if len(prompt) + len(answer) > context:
            raise ValueError(
                f"{question!r} and its answer have {len(prompt) + len(answer)} tokens, "
                f"more than the context of {context}"
            )
        made.append((prompt, answer))
    return _lay(chat.end, made)


def token_rows(chat: Chat, asked: Sequence[str], drawn: Sequence[Sequence[int]]) -> Rows:
    """Questions and answers that are token numbers already, as a policy drew them."""
    prompts = [chat.prompt(question) for question in asked]
    return _lay(chat.end, [(p, list(answer)) for p, answer in zip(prompts, drawn, strict=True)])


def _lay(end: int, made: Sequence[tuple[list[int], list[int]]]) -> Rows:
    longest = max(len(prompt) + len(answer) for prompt, answer in made)
    ids = torch.full((len(made), longest), end)
    mask = torch.zeros(len(made), longest, dtype=torch.bool)
    for row, (prompt, answer) in enumerate(made):
        whole = len(prompt) + len(answer)
        ids[row, :whole] = torch.tensor(prompt + answer)
        mask[row, len(prompt) : whole] = True
    return Rows(ids, mask)
