"""Data damaged after its download: no job takes it, no ledger lists it, nothing publishes it."""

import json
import os
import re
import shutil

import pytest
from checkouts import fresh_checkout

from groundwork.core.provenance import ROOT, sha256
from groundwork_harness.pipeline import pinned, prose_lint, publish_checks
from groundwork_harness.pipeline.config import complete, load

FILE = "results/data/tinyshakespeare/input.txt"
MADE = "results/smoke/transformer/tokens.json"
PIN = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


def overwrite(path):
    with open(path, "r+b") as file:
        file.seek(1000)
        file.write(b"\x00\x01")


def relink(path):
    other = path.with_name("elsewhere")
    shutil.copy(path, other)
    overwrite(other)
    path.unlink()
    path.symlink_to(other)


DAMAGES = {
    "two bytes": (overwrite, "has the right size but other content (SHA-256 differs)"),
    "emptied": (lambda path: path.write_bytes(b""), "holds 0 bytes instead of 1115394"),
    "truncated": (lambda path: os.truncate(path, 500_000), "holds 500000 bytes instead of"),
    "a link to another": (relink, "has the right size but other content"),
}


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """A checkout with one text downloaded and one step's result made of it."""
    made = fresh_checkout(tmp_path_factory.mktemp("pinned") / "house")
    done = made.snakemake(MADE, timeout=300)
    assert done.returncode == 0, done.stderr
    if json.loads((made.root / f"{FILE}.source.json").read_text())["from"] == "standin":
        pytest.skip("neither a mirror nor the network has the text")
    return made


@pytest.fixture
def mended(fetched):
    """The checkout, whose text is made whole again afterwards."""
    path = fetched.root / FILE
    whole = path.read_bytes()
    yield fetched
    path.unlink()
    path.write_bytes(whole)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_job_refuses_what_is_not_the_pinned_file(mended, damage):
    spoil, words = DAMAGES[damage]
    spoil(mended.root / FILE)
    done = mended.snakemake(MADE)
    assert done.returncode != 0
    assert f"{FILE}: it {words}" in done.stderr
    assert f"fetch it again: rm {FILE} && make fetch" in done.stderr
    assert not (mended.root / MADE).exists()
    (mended.root / FILE).unlink()  # as it says; the same command fetches it
    done = mended.snakemake(MADE)
    assert done.returncode == 0, done.stderr
    assert json.loads((mended.root / MADE).read_text())["provenance"]["inputs"][FILE] == PIN


def test_a_step_by_hand_refuses_it_too_and_needs_no_yaml(mended):
    overwrite(mended.root / FILE)
    (mended.root / "nowhere").mkdir(exist_ok=True)
    (mended.root / "nowhere" / "yaml.py").write_text("raise ImportError\n")
    words = [
        "python",
        "-c",
        f"from groundwork_harness.pipeline import pinned; pinned.hold({{{FILE!r}: 'x'}})",
    ]
    for path in (f"{mended.root}/src", f"{mended.root}/nowhere:{mended.root}/src"):
        done = mended.run(words, environment={"PYTHONPATH": path})
        assert f"{FILE}: it has the right size but other content" in done.stderr


def test_a_changed_pin_is_not_met_by_the_old_file(mended):
    catalogue = mended.root / "workflow" / "datasets.yaml"
    text = catalogue.read_text()
    catalogue.write_text(text.replace(PIN, "0" * 64))
    try:
        done = mended.snakemake(MADE)
        found = prose_lint.check_data(mended.root / "results" / "smoke")
    finally:
        catalogue.write_text(text)
        pinned._pins.cache_clear()
    assert done.returncode != 0
    assert "Refused: tinyshakespeare/input.txt" in done.stderr
    assert all(finding.kind == "data" for finding in found)
    assert mended.snakemake(MADE).returncode == 0


@pytest.fixture
def tree(tmp_path):
    """A tree with one data file, a result made of it, and a result made of that."""
    content = b"as published"
    (tmp_path / "workflow").mkdir()
    data = tmp_path / "results/data/set/file.txt"
    data.parent.mkdir(parents=True)
    data.write_bytes(content)
    pin = {"bytes": len(content), "sha256": sha256(data)}
    catalogue = {"set": {"base": ["https://example.org/"], "files": {"file.txt": pin}}}
    (tmp_path / "workflow/datasets.yaml").write_text(json.dumps(catalogue))
    room = tmp_path / "results/smoke/room"
    room.mkdir(parents=True)
    name = "results/data/set/file.txt"
    lay(room / "first.json", {name: pin["sha256"]})
    lay(room / "second.json", {"results/smoke/room/first.npz": "0" * 64})
    yield tmp_path
    pinned._pins.cache_clear()


def lay(record, inputs, **more):
    record.write_text(json.dumps({"claims": {}, "provenance": {"inputs": inputs, **more}}))


def check(tree):
    pinned._pins.cache_clear()
    found = pinned.behind([tree.joinpath("results/smoke/room/second.json").relative_to(tree)], tree)
    return dict(pinned.faults(found, tree))


def test_data_is_found_through_other_results_and_read_anew(tree):
    name = "results/data/set/file.txt"
    assert check(tree) == {}
    before = (tree / name).stat()
    (tree / name).write_bytes(b"as publisheD")
    os.utime(tree / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list(check(tree)) == [name]
    (tree / name).unlink()  # deleted downloads are no fault
    assert check(tree) == {}


def test_a_result_of_another_file_is_found_though_the_file_is_whole(tree):
    name = "results/data/set/file.txt"
    lay(tree / "results/smoke/room/first.json", {name: "1" * 64})
    assert check(tree) == {
        name: "results were made from another file than workflow/datasets.yaml pins; build again"
    }
    assert [f.where for f in prose_lint.check_data(tree / "results" / "smoke")] == [name]
    lay(tree / "results/smoke/room/first.json", {name: "1" * 64}, standins=["set"])
    assert check(tree) == {}, "its page says that a stand-in was used"


def test_a_stand_in_is_held_to_what_was_made(tree):
    file = tree / "results/data/set/file.txt"
    file.write_bytes(b"a stand-in")
    record = {"from": "standin", "address": "", "sha256": sha256(file), "bytes": 10}
    file.with_name("file.txt.source.json").write_text(json.dumps(record))
    pinned.hold({str(file): sha256(file)})
    file.write_bytes(b"a STAND-IN")
    with pytest.raises(ValueError, match="not the stand-in made here; fetch it again: rm"):
        pinned.hold({str(file): sha256(file)})


def test_what_did_not_change_is_not_read_again(tree, monkeypatch):
    name = "results/data/set/file.txt"
    file, data = tree / name, {name: sha256(tree / name)}
    read = []
    monkeypatch.setattr(pinned, "sha256", lambda path: read.append(path) or sha256(path))
    assert not pinned.changed(data, tree)
    assert not pinned.changed(data, tree)
    assert read == [file]
    before = file.stat()
    file.write_bytes(b"as publisheD")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert pinned.changed(data, tree), "same size and dates, other content"
    assert read == [file, file]


def test_publishing_refuses_a_ledger_of_other_data(tree):
    (tree / "src/documents").mkdir(parents=True)
    ledger = {"scale": "smoke", "data": {"results/data/set/file.txt": "1" * 64}}
    refusals = list(publish_checks._claims_and_data(complete({}), ledger, tree))
    assert [refusal.name for refusal in refusals] == ["data"]
    assert "another file than workflow/datasets.yaml pins" in refusals[0].words
    ledger["data"] = {}
    assert list(publish_checks._claims_and_data(complete({}), ledger, tree)) == []
    (tree / "results/data/set/file.txt").write_bytes(b"")
    refusals = list(publish_checks._claims_and_data(complete({}), ledger, tree))
    assert "holds 0 bytes instead of 12" in refusals[0].words


def test_only_steps_read_data_and_recorded_results_name_the_pinned():
    """A rule that reads data runs a step, which refuses what is damaged."""
    readers = 0
    for path in (ROOT / "rules").glob("*.smk"):
        text = path.read_text()
        shared = re.findall(r"^(\w+) = (?:\{[^}]*)?dataset\(", text, re.M)
        names = re.compile(r"\b(?:" + "|".join([r"dataset\(", *(rf"{n}\b" for n in shared)]) + ")")
        for rule in re.split(r"^(?=(?:use )?rule )", text, flags=re.M)[1:]:
            if names.search(rule) and not rule.startswith(("rule fetch:", "rule data_fetch:")):
                readers += 1
                assert re.match(r"use rule (?:gpu_)?step as", rule), rule
    assert readers > 5
    catalogue = load(ROOT / "workflow" / "datasets.yaml")
    for path in (ROOT / "src" / "recorded").rglob("*.json"):
        for name, digest in re.findall(r'"(results/data/[^"]+)": "(\w{64})"', path.read_text()):
            assert catalogue[name.split("/")[2]]["files"][name.split("/")[3]]["sha256"] == digest
