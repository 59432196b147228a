"""What a script of findings/ states of itself, read out of its header."""

import re
from pathlib import Path

FIELD = re.compile(r"^# (touches|guessed|seen|here): (\S.*)$", re.MULTILINE)
INSTALL = re.compile(r"^venv/bin/pip install --quiet (.+)$", re.MULTILINE)


def finding(path: Path) -> dict[str, str]:
    """A row of the guide's table: part, version (pinned packages), expected, seen, here.

    Raises: `ValueError` that names the file and the line it lacks.
    Checked by: tests/findings/test_scripts.py.
    """
    text = path.read_text(encoding="utf-8")
    said = dict(FIELD.findall(text.partition("\nset -euo pipefail\n")[0]))
    if lacking := {"touches", "guessed", "seen", "here"} - said.keys():
        raise ValueError(f"{path}: no line '# {min(lacking)}: …' in the header; add it")
    pins = INSTALL.search(text)
    if pins is None or not all("==" in one for one in pins[1].split()):
        raise ValueError(f"{path}: each package is installed as name==version")
    columns = {"part": "touches", "expected": "guessed", "seen": "seen", "here": "here"}
    row = {column: said[field] for column, field in columns.items()}
    return row | {"version": ", ".join(one.replace("==", " ") for one in pins[1].split())}
