"""The scaffold: a room, a step and a post from nothing, as the guide says, to a page."""

import re
import sys

import pytest
import yaml

from groundwork.core.provenance import ROOT
from groundwork_harness.documents.catalog import titles
from groundwork_harness.pipeline import new, schemas
from groundwork_harness.pipeline.config import ConfigError, load

GUIDE = (ROOT / "src/documents/guide/add.qmd").read_text()
ROOM = GUIDE.partition("## A room")[2]


def command(house, words):
    """A command as the guide prints it, in a checkout, at smoke scale."""
    program, *rest = re.findall(r'"([^"]*)"|(\S+)', words)
    rest = ["".join(pair) for pair in rest]
    if "groundwork" in program:
        return house.run([sys.executable, "-m", "groundwork_harness.pipeline.cli", *rest])
    rest = [
        word.replace("reports/", "reports/smoke/")
        for word in rest
        if word not in ("--cores", "all")
    ]
    return house.snakemake(*rest)


def test_the_guides_commands_lead_from_nothing_to_a_page(checkout):
    shown = re.findall(r"```(bash|text)\n(.*?)```", ROOM, re.DOTALL)[:3]
    (_, make), (_, said), (_, build) = shown
    done = command(checkout, make.strip())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == said
    files = re.findall(r"^(?:new|edited|made) +(\S+)$", said, re.MULTILINE)
    changed = checkout.run(["git", "status", "--porcelain", "-uall"]).stdout
    assert sorted(re.findall(r"^.. (\S+)$", changed, re.MULTILINE)) == sorted(files)

    written = [file for file in files if file.endswith(".py")]
    for words in (["check"], ["format", "--check"]):
        done = checkout.run([sys.executable, "-m", "ruff", *words, *written])
        assert done.returncode == 0, done.stdout
    assert (
        checkout.run([sys.executable, "-m", "snakefmt", "--check", "rules/demo.smk"]).returncode
        == 0
    )
    tests = checkout.run([sys.executable, "-m", "pytest", "-n", "0", "tests/demo"])
    assert re.search(r"^4 passed|\.{4} ", tests.stdout, re.MULTILINE), tests.stdout

    more = command(checkout, "groundwork new step demo other")
    assert more.stdout.startswith("new     workflow/steps/demo/other.py\nedited  rules/demo.smk\n")
    done = command(checkout, build.strip() + " results/smoke/demo/other.json")
    assert done.returncode == 0, done.stderr
    page = (checkout.root / "reports/smoke/rooms/demo/rooms/demo.html").read_text()
    assert "8 A demonstration" in page
    assert "How near to the truth" in page
    assert "figures/demo/means" in page
    assert (checkout.root / "results/smoke/demo/other.json").is_file()


def test_rules_that_nothing_includes_are_refused_by_name(checkout):
    (checkout.root / "rules" / "idle.smk").write_text('"""Nobody\'s."""\n')
    done = checkout.snakemake("--dry-run", "reports/smoke/operators")
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "rules/idle.smk is included by nothing" in told
    assert "groundwork new room" in told


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Enough of a tree to write into."""
    for name in ("workflow/templates", "workflow/schemas"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("rules", "src/groundwork/core", "workflow/steps/one"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "src/groundwork/core/__init__.py").touch()
    (tmp_path / "rules/one.smk").write_text('"""One."""\n')
    (tmp_path / "config.yaml").write_text(
        "one:\n  first: # why\n    seed: 0\n\n# of two\ntwo:\n  a: 1\n"
    )
    monkeypatch.setattr(new, "ROOT", tmp_path)
    monkeypatch.setattr(schemas, "write", lambda _: [])
    return tmp_path


def test_a_steps_block_goes_to_the_end_of_its_rooms(tree):
    new.step("one", "second")
    config = load(tree / "config.yaml")
    assert list(config) == ["one", "two"]
    assert list(config["one"]) == ["first", "second"]
    assert "# of two\ntwo:" in (tree / "config.yaml").read_text()
    assert "use rule step as one_second with:" in (tree / "rules/one.smk").read_text()


def test_a_post_is_a_draft_of_its_room(tree):
    assert new.post("how-far", room="one") == ["new     src/documents/posts/how-far/index.qmd"]
    text = (tree / "src/documents/posts/how-far/index.qmd").read_text()
    assert 'title: "How far"' in text
    assert "\nroom: one\ndraft: true\n" in text
    new.post("alone")
    assert "room:" not in (tree / "src/documents/posts/alone/index.qmd").read_text()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: new.room("Demo"), "is no name"),
        (lambda: new.room("json"), "is no name"),
        (lambda: new.room("core"), "core is taken"),
        (lambda: new.room("one"), "one is taken"),
        (lambda: new.room("two"), "config.yaml has a block two already"),
        (lambda: new.step("three", "a"), "groundwork new room three"),
        (lambda: new.step("one", "first"), "config.yaml has a block one.first already"),
        (lambda: new.step("one", "class"), "is no name"),
        (lambda: new.post("How far"), "is no address"),
        (lambda: new.post("far", room="three"), "there is no room three"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tree, call, told):
    before = sorted(tree.rglob("*"))
    with pytest.raises(ConfigError, match=told):
        call()
    assert sorted(tree.rglob("*")) == before


def test_a_room_is_never_written_over(tree):
    new.room("demo")
    text = (tree / "config.yaml").read_text()
    with pytest.raises(ConfigError, match="demo is taken"):
        new.room("demo")
    assert (tree / "config.yaml").read_text() == text


def test_quotes_in_a_title_stay_text(tree):
    new.room("demo", title='The "mean": how far')
    front = (tree / "src/documents/rooms/demo.qmd").read_text().split("---")[1]
    assert yaml.safe_load(front)["title"] == 'The "mean": how far'
    assert load(tree / "config.yaml")["demo"]["means"]["seed"] == 0
    assert titles(tree / "src/documents") == {"demo": 'The "mean": how far'}
