"""The API reference: docstrings to pages, by pdoc, in the site's colours."""

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pdoc
import pdoc.render
import pygments
from numpy.typing import ArrayLike, NDArray
from pdoc.render_helpers import lexer, signature_formatter

MODULES = ["groundwork", "!groundwork.__main__", "!groundwork.*.__main__"]
# Types whose full names would fill a screen, under the names by which the sources know them.
KINDS = ("float64", "float32", "uint8", "int64", "int32", "bool", "floating", "complexfloating")
ARRAY: Any = NDArray
TYPES: list[tuple[Any, str]] = [(ArrayLike, "ArrayLike"), (ARRAY[Any], "NDArray")]
TYPES += [(ARRAY[getattr(np, kind)], f"NDArray[{kind}]") for kind in KINDS]


def write(documents: Path, out: Path) -> None:
    """Write the pages of every room and of core as the folder `out`, in one go."""
    pdoc.render.configure(
        docformat="markdown",
        show_source=False,
        footer_text="Groundwork",
        template_directory=(documents / "templates" / "reference").resolve(),
    )
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    pdoc.pdoc(*MODULES, output_directory=fresh)
    full = {inspect.formatannotation(long): short for long, short in TYPES}
    names = full | {_shown(long): _shown(short) for long, short in full.items()}
    for path in fresh.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        for long, short in names.items():
            page = page.replace(long, short)
        # Links of one sign get a name for those who cannot see it.
        page = re.sub(
            r'(<a class="headerlink" href="#([^"]+)")', r'\1 aria-label="Link to \2"', page
        )
        path.write_text(page, encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def _shown(code: str) -> str:
    """A piece of a signature as pdoc highlights it; its last sign may share a span with the next."""
    shown = str(pygments.highlight(code, lexer, signature_formatter))
    return shown.strip().removesuffix("</span>")
