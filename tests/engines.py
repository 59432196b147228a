"""The engines that set PDFs, for tests that need one or each of them."""

import shutil

import pytest

NEEDS_LATEX = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX on this machine")
EACH = pytest.mark.parametrize("engine", [pytest.param("latex", marks=NEEDS_LATEX), "typst"])
