"""Parts of a markdown text that are no prose, as linters look past them."""

import re
from collections.abc import Iterable

FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
BLOCK = re.compile(r"^(?P<f>`{3,}|~{3,})[^\n]*\n.*?^(?P=f)[`~]*[ \t]*$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
DISPLAY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
FORMULA = re.compile(r"(?<![\\$])\$(?!\s)[^$]*?(?<![\s\\])\$(?!\d)", re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
ADDRESS = re.compile(r"\]\([^)\s]*\)")
ATTRIBUTES = re.compile(r"\{#[^}]*\}|(?<=\])\{(?!\.given)[^}]*\}")
INLINE = (COMMENT, DISPLAY, FORMULA, CODE)
ALL = (FRONT, BLOCK, *INLINE, ADDRESS, ATTRIBUTES)


def blank(text: str, parts: Iterable[re.Pattern[str]] = INLINE) -> str:
    """The text with these parts blanked out; line breaks stay, so that line numbers do."""
    for part in parts:
        text = part.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return text
