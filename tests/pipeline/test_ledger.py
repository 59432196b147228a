"""Ledgers: one that lists what is gone is taken back, so that the next run makes it again."""

import json

import numpy as np
import pytest
from checkouts import SMALL_ROOM as ROOM

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import ledger


@pytest.mark.parametrize("broken_words", ["", "{}", "[1]", '{"deliverables": {"a": 1}}'])
def test_a_ledger_stands_while_its_files_do(tmp_path, broken_words):
    names = ("all", "operators", "matmul", "calculus")
    kept, false, empty, broken = (tmp_path / name for name in names)
    here = (ROOT / "Snakefile").relative_to(ROOT).as_posix()
    gone = {"path": "reports/no/such"}
    claim = {"from": "results/no/such.json"}
    kept.write_text(json.dumps({"deliverables": [{"path": here}], "claims": {}}))
    false.write_text(json.dumps({"deliverables": [{"path": here}, gone], "claims": {}}))
    empty.write_text(json.dumps({"deliverables": [{"path": here}], "claims": {"a": claim}}))
    broken.write_text(broken_words)
    ledger.invalidate([kept, false, empty, broken, tmp_path / "absent"])
    assert kept.is_file()
    assert not false.exists()
    assert not empty.exists(), "its claim came from what is gone"
    assert not broken.exists()


def test_a_deliverable_that_was_lost_is_made_again(small_house):
    paper = small_house.root / "reports" / "smoke" / "pdf" / f"{ROOM}.pdf"
    before = paper.read_bytes()
    paper.unlink()
    done = small_house.snakemake(f"reports/smoke/{ROOM}", timeout=300)
    assert done.returncode == 0, done.stderr
    assert paper.read_bytes() == before
    assert small_house.planned(f"reports/smoke/{ROOM}") == []


def test_looking_at_the_plan_takes_no_ledger_away(small_house):
    target, paper = f"reports/smoke/{ROOM}", f"reports/smoke/pdf/{ROOM}.pdf"
    listed, printed = ((small_house.root / name).read_bytes() for name in (target, paper))
    (small_house.root / paper).unlink()
    made = [f"{rule} {ROOM}" for rule in ("document_pdf", "ledger_room", "room_site")]
    assert small_house.planned(target) == made
    assert (small_house.root / target).read_bytes() == listed
    assert not list((small_house.root / target).parent.glob(".partial*"))
    (small_house.root / paper).write_bytes(printed)
    assert small_house.planned(target) == []


@pytest.mark.parametrize("part", ["claims", "bandwidth.npz", "bandwidth.csv"])
def test_a_result_that_was_changed_by_hand_is_refused(small_house, part):
    target, folder = f"reports/smoke/{ROOM}", small_house.root / "results" / "smoke" / ROOM
    record, before = folder / "bandwidth.json", small_house.exact(f"reports/smoke/{ROOM}")
    if part == "claims":
        found = json.loads(record.read_text())
        found["claims"]["best_error"]["value"] = 0.777
        record.write_text(json.dumps(found))
    elif part == "bandwidth.csv":
        (folder / part).write_text("length_scale\n")  # the page that shows it fails
    else:
        with np.load(folder / part) as arrays:
            changed = {**arrays, "noise_variance": 0.5}
        np.savez(folder / part, **changed)
    done = small_house.snakemake(target)
    assert done.returncode != 0
    remedy = f"delete results/smoke/{ROOM}/bandwidth.json, then rerun"
    assert f"{part} changed after its step wrote it; {remedy}" in done.stderr
    record.unlink()
    assert small_house.snakemake(target).returncode == 0
    assert small_house.exact(target) == before
