"""The engines that set PDFs, for tests that need one or each of them; documents by name."""

import shutil
from pathlib import Path

import pytest

NEEDS_LATEX = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX on this machine")
EACH = pytest.mark.parametrize("engine", [pytest.param("latex", marks=NEEDS_LATEX), "typst"])


def path_of(name: str, root: Path) -> Path:
    """The file behind a document's name."""
    return next(p for p in (root / f"{name}.qmd", root / name / "index.qmd") if p.is_file())
