"""The whole pipeline at smoke scale, made from nothing: what it leaves behind."""

import json
import re
import shutil
import socket
import subprocess
import sys

import bundles
import jsonschema
import pytest
from checkouts import SMALL_ROOM, unplugged
from checkouts import broken as edited
from site_links import broken

import determinism
from groundwork.core.provenance import ROOT, sha256
from groundwork_harness.pipeline import prose_lint
from groundwork_harness.pipeline.config import complete


@pytest.fixture(scope="module")
def ledger(house):
    return json.loads((house.root / "reports/smoke/all").read_text())


def test_the_build_ran_without_a_network(house):
    if not house.offline:
        pytest.skip("this system does not let a test take its network away")
    done = subprocess.run(
        unplugged(["python3", "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 2)"]),
        capture_output=True, text=True,
    )  # fmt: skip
    assert "unreachable" in done.stderr
    assert socket.gethostname()


def test_the_ledger_follows_its_schema_and_its_checksums_hold(house, ledger):
    jsonschema.validate(ledger, json.loads((ROOT / "workflow/schemas/ledger.json").read_text()))
    assert ledger["scale"] == "smoke"
    assert ledger["pdf_engine"] == "typst"  # no LaTeX was on the PATH, and no valgrind
    assert "valgrind is not installed" in ledger["claims"]["matmul.misses.perf"]["value"]
    assert len(ledger["deliverables"]) > 20
    for entry in ledger["deliverables"]:
        assert sha256(house.root / entry["path"]) == entry["sha256"], entry["path"]


def test_every_claim_on_a_page_is_in_the_ledger(house, ledger):
    shown = set()
    for page in (house.root / "results/smoke/documents").rglob("page.json"):
        shown |= set(json.loads(page.read_text())["claims"])
    assert shown
    assert shown == set(ledger["claims"])


def test_the_deliverables_of_the_doors_are_there(house):
    reports = house.root / "reports" / "smoke"
    assert (reports / "site" / "index.html").is_file()
    assert (reports / "pdf" / "operators.pdf").read_bytes().startswith(b"%PDF")
    for name in ("index.md", "card.png"):
        assert (reports / "posts" / "compression-instinct" / name).is_file()
    assert not (house.root / "reports" / "site").exists(), "smoke pages left their root"


def test_smoke_pages_say_that_they_are(house):
    for page in (house.root / "reports/smoke/site").glob("*/*.html"):
        if page.parent.name in ("rooms", "posts", "problem-sets"):
            assert "Smoke run" in page.read_text(), page.name


def test_smoke_pages_are_not_published_though_they_are_current(house):
    """The whole command on a real build: what it finds is the scale, and the edit of this test."""
    config = house.root / "config.yaml"
    with (
        edited(config, "target: none", "target: folder"),
        edited(config, 'folder: ""', "folder: ../www"),
    ):
        done = house.run([sys.executable, "-m", "groundwork_harness.pipeline.cli", "--scale", "smoke",
                          "publish", "--dry-run"])  # fmt: skip
    refused = re.findall(r"^refused  ([\w -]+):", done.stdout, re.M)
    assert set(refused) - {"stand-ins"} == {"smoke", "dirty"}, done.stdout + done.stderr
    assert "first publication" in done.stdout
    assert done.returncode == 1
    assert not (house.root.parent / "www").exists()


def test_posts_travel_without_a_fault(house):
    for folder in sorted((house.root / "reports" / "smoke" / "posts").iterdir()):
        assert bundles.faults(bundles.read(folder)) == [], folder.name


def test_every_link_and_anchor_of_the_site_resolves(house):
    assert [str(fault) for fault in broken(house.root / "reports" / "smoke" / "site")] == []


def test_every_result_has_provenance(house):
    results = house.root / "results" / "smoke"
    records = [p for p in results.glob("*/*.json") if "claims" in json.loads(p.read_text())]
    assert len(records) > 10
    for path in records:
        origin = json.loads(path.read_text())["provenance"]
        assert origin["rule"] == f"{path.parent.name}_{path.stem}"
        assert re.fullmatch(r"[0-9a-f]{40}", origin["commit"])
        assert re.fullmatch(r"[0-9a-f]{16}", origin["code"])
        assert origin["versions"]["python"]


def test_no_claim_is_unknown_or_stale(house):
    config = complete({"scale": "smoke"}, house.root)
    documents = house.root / "src" / "documents"
    found = prose_lint.check_claims(
        house.root / "results" / "smoke", sorted(documents.rglob("*.qmd")), config, documents
    )
    assert [str(finding) for finding in found if not finding.warns] == []


def test_rendering_again_gives_the_same_bytes(house, tmp_path):
    kept = shutil.copytree(house.root / "reports", tmp_path / "kept")
    determinism._forget_renders(house.root)
    done = house.snakemake("reports/smoke/all", timeout=900)
    assert done.returncode == 0, done.stderr
    differ = [
        row for row in determinism.renders(kept, house.root / "reports") if row[1] != "identical"
    ]
    assert differ == []


def test_two_clean_runs_agree_on_exact_claims(house):
    before = house.exact("reports/smoke/all")
    room = house.root / "results" / "smoke" / SMALL_ROOM
    shutil.rmtree(room)
    done = house.snakemake(f"reports/smoke/{SMALL_ROOM}", "--forcerun", *made_by(room), timeout=300)
    assert done.returncode == 0, done.stderr
    again = house.exact(f"reports/smoke/{SMALL_ROOM}")
    assert again
    assert again == {name: before[name] for name in again}
    assert house.snakemake("reports/smoke/all", timeout=300).returncode == 0


def made_by(room):
    """The rules of a room."""
    rules = (ROOT / "rules" / f"{room.name}.smk").read_text()
    return re.findall(r"^use rule step as (\w+) with:", rules, re.MULTILINE)
