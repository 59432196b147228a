"""Each script of findings/ states what it must; the scripts themselves are run by hand."""

import os
import re

import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.headers import finding

FOLDER = ROOT / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))


def test_there_are_scripts():
    assert len(SCRIPTS) >= 26


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_states_guess_pins_and_output(path):
    text = path.read_text(encoding="utf-8")
    assert os.access(path, os.X_OK), "set the run bit"
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert all(finding(path).values())
    assert "set -euo pipefail" in text
    assert text.endswith("diff expected seen\n")
    assert "groundwork" not in text
    assert not re.search(r"https?://(?!example\.org)", text)


def test_the_readme_lists_every_script_once():
    listed = re.findall(r"\]\((\w+\.sh)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [path.name for path in SCRIPTS]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("# guessed: ", "# guess: ", "guessed"), ("==", ">=", "name==version")],
)
def test_what_a_script_lacks_is_named(tmp_path, old, new, words):
    broken = tmp_path / "broken.sh"
    broken.write_text(SCRIPTS[0].read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        finding(broken)
