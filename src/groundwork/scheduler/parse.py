"""Graph JSON, read node by node, so that an error can say the line and a million nodes fit."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any


class GraphError(ValueError):
    """A graph that makes no sense; says which node (its number too, where one is at fault)."""

    def __init__(self, problem: str, node: int | None = None) -> None:
        super().__init__(problem)
        self.node = node


_SPACE = re.compile(r"[ \t\r\n]*")


def line_of(text: str, offset: int) -> int:
    """Line number, from 1, of a character offset."""
    return text.count("\n", 0, offset) + 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise GraphError(f"the key {twice!r} stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise GraphError(f"{name} is not a number of bytes")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


class _Reader:
    """A cursor over JSON text. Values are decoded by the standard library, one at a time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, problem: str, offset: int | None = None) -> GraphError:
        at = self.at if offset is None else offset
        return GraphError(f"line {line_of(self.text, at)}: {problem}")

    def peek(self) -> str:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def expect(self, mark: str) -> None:
        if self.peek() != mark:
            found = repr(self.text[self.at]) if self.at < len(self.text) else "the end of the text"
            raise self.fail(f"bad JSON: expected {mark!r}, found {found}")
        self.at += 1

    def value(self) -> Any:
        self.peek()
        start = self.at
        try:
            found, self.at = _DECODER.raw_decode(self.text, start)
        except json.JSONDecodeError as problem:
            raise self.fail(f"bad JSON: {problem.msg}", problem.pos) from None
        except GraphError as problem:
            raise self.fail(str(problem), start) from None
        except RecursionError:
            raise self.fail("bad JSON: nested too deeply", start) from None
        except ValueError as problem:  # an integer of thousands of digits
            raise self.fail(f"bad JSON: {problem}", start) from None
        return found

    def elements(self, close: str) -> Iterator[None]:
        """Step from element to element of a list or object that was just opened."""
        if self.peek() != close:
            yield
            while self.peek() == ",":
                self.at += 1
                yield
        self.expect(close)


def nodes(text: str) -> Iterator[tuple[int, Any]]:
    """(character offset, decoded value) of each entry of `"nodes"` in `{"nodes": [...]}`.

    Raises `GraphError` with a line for text that is not such an object.
    """
    reader = _Reader(text)
    if reader.peek() != "{":
        raise reader.fail('bad JSON: expected an object {"nodes": [...]}')
    reader.at += 1
    seen = False
    for _ in reader.elements("}"):
        start = reader.at
        key = reader.value()
        if key != "nodes":
            raise reader.fail(f"unknown key {key!r}; the one key is 'nodes'", start)
        if seen:
            raise reader.fail("the key 'nodes' stands twice", start)
        seen = True
        reader.expect(":")
        reader.expect("[")
        for _ in reader.elements("]"):
            reader.peek()
            offset = reader.at
            yield offset, reader.value()
    if reader.peek():
        raise reader.fail("bad JSON: text behind the closing brace")
    if not seen:
        raise reader.fail("there is no key 'nodes'")


def line_locator(text: str) -> Callable[[int], str]:
    """Turns the offsets of `nodes(text)` into the words "line 12"."""
    return lambda offset: f"line {line_of(text, offset)}"
