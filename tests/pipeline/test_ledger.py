"""Ledgers: one that lists what is gone is taken back, so that the next run makes it again."""

import json

import pytest
from checkouts import SMALL_ROOM as ROOM

from groundwork.core.provenance import ROOT
from groundwork.pipeline import ledger


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
    ledger.recall([kept, false, empty, broken, tmp_path / "absent"])
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
