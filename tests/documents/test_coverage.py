"""Coverage: every part the curriculum names has an artefact, a test, a place in a document, a claim.

src/documents/coverage/<room>.yaml maps part → artefact → test → anchor → claim.
"""

import ast
import json
from pathlib import Path

import pytest

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.config import read

MAPS = sorted((ROOT / "src" / "documents" / "coverage").glob("*.yaml"))
PARTS = [(path.stem, entry) for path in MAPS for entry in read(path)]
KEYS = {"part", "artefact", "test", "anchor", "claim"}


def test_every_room_that_is_built_has_a_map():
    rooms = {path.stem for path in (ROOT / "src" / "documents" / "rooms").glob("*.qmd")}
    assert rooms <= {path.stem for path in MAPS}


@pytest.mark.parametrize(("room", "entry"), PARTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_part_has_a_test(room, entry):
    assert set(entry) >= KEYS, f"{room}: {entry.get('part')} lacks {KEYS - set(entry)}"
    file, _, name = entry["test"].partition("::")
    tree = ast.parse((ROOT / file).read_text())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name.partition("[")[0] in names, f"{file} has no {name}"


@pytest.fixture(scope="module")
def pages(house):
    found = {}
    for path in (house.root / "results" / "smoke" / "documents").rglob("page.json"):
        page = json.loads(path.read_text())
        found[page["name"]] = page
    return found


def made(root: Path, artefact: str) -> bool:
    places = (root, root / "results" / "smoke", root / "reports" / "smoke")
    return any((place / artefact.removeprefix("reports/")).exists() for place in places)


@pytest.mark.parametrize(("room", "entry"), PARTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_part_has_an_artefact_a_place_and_a_claim_there(house, pages, room, entry):
    part = f"{room}: {entry['part']}"
    assert made(house.root, entry["artefact"]), f"{part}: nothing made {entry['artefact']}"
    name, _, anchor = entry["anchor"].partition("#")
    assert name in pages, f"{part}: there is no document {name}"
    assert anchor in pages[name]["anchors"], f"{part}: {name} has no anchor {anchor}"
    assert entry["claim"] in pages[name]["claims"], f"{part}: {name} does not show {entry['claim']}"
