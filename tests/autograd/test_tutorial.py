"""The tutorial's cells run as they stand, and each comparison on the page comes out true."""

import contextlib
import io
import re

from groundwork.core.provenance import ROOT

PAGE = ROOT / "src" / "documents" / "tutorials" / "autograd.qmd"


def test_every_cell_runs_and_checks() -> None:
    cells = re.findall(r"^```\{python\}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len([cell for cell in cells if "label: setup" not in cell]) == 7
    printed = io.StringIO()
    names: dict = {}
    with contextlib.redirect_stdout(printed):
        for cell in cells:
            if "label: setup" not in cell:
                exec(cell, names)
    text = printed.getvalue()
    assert text.count("True") == 3
    assert "False" not in text
    assert "dy/da = 4.0 and dy/db = 2.0" in text
    assert int(re.findall(r"right on (\d+)%", text)[0]) >= 95
