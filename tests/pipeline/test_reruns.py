"""Reruns: after each kind of edit exactly the rules that must run again, and no other.

What follows from the rules that an edit touches directly is worked out by Snakemake itself, by
forcing these rules in the unedited tree; the test names the direct ones.
"""

import json
import os
import re
import subprocess
from contextlib import contextmanager

import pytest
from checkouts import broken

TARGET = "reports/smoke/all"
R = "results/smoke"
JACOBI = ["accuracy", "checks", "rivals", "spectra", "speed", "truncation", "update"]


def forced(house, *files):
    """The plan when the jobs behind `files` are forced in the tree as it stands."""
    plan = house.root / "plan.json"
    plan.unlink(missing_ok=True)
    words = [TARGET, "--dry-run", "--forcerun", *files] if files else [TARGET, "--dry-run"]
    done = house.snakemake(*words, environment={"GROUNDWORK_PLAN": str(plan)})
    assert done.returncode == 0, done.stderr
    return sorted(job["label"] for job in json.loads(plan.read_text()))


def edit(house, name, old, new):
    return broken(house.root / name, old, new)


@contextmanager
def added(path, text):
    path.write_text(text)
    try:
        yield
    finally:
        path.unlink()


def test_a_fresh_build_is_up_to_date(house):
    assert house.planned(TARGET) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("src/groundwork/operators/jacobi.py", "SWEEPS = 40  #", "SWEEPS = 40  # (comment)"),
        ("src/groundwork/operators/jacobi.py", "SWEEPS = 40", "SWEEPS = (\n    40\n)"),
        ("workflow/steps/calculus/jvp.py", "def main(", "# A comment.\n\n\ndef main("),
        ("workflow/figures/calculus/jvp.py", "def draw(", "# A comment.\n\n\ndef draw("),
        ("src/groundwork/pipeline/step.py", "allow_abbrev=False", "allow_abbrev=bool(0)"),
        ("config.yaml", "site:\n", "site:  # a comment\n"),
    ],
    ids=[
        "comment",
        "reformatted",
        "comment in a step",
        "comment in a figure",
        "harness",
        "config comment",
    ],
)
def test_looks_rerun_nothing(house, name, old, new):
    with edit(house, name, old, new):
        assert house.planned(TARGET) == []


DIRECT = {
    "docstring": (
        "src/groundwork/operators/jacobi.py",
        "slower than `eig`, accurate",
        "slower than `eig` but accurate",
        ["results/reference/index.html"],
    ),
    "helper two levels down": (
        "src/groundwork/operators/jacobi.py",
        "SWEEPS = 40",
        "SWEEPS = 41",
        # The tutorial's cells compute with this code, so its page follows too.
        [f"{R}/operators/{step}.json" for step in JACOBI]
        + [f"{R}/documents/guide/tutorial/page.json"],
    ),
    "one knob": (
        "workflow/scales/smoke/calculus.yaml",
        "contour_side: 41",
        "contour_side: 42",
        [f"{R}/calculus/trajectories.json"],
    ),
    "an upgraded pin": (
        "requirements.lock",
        "mpmath==",
        "mpmath==99.",
        [f"{R}/operators/accuracy.json"],
    ),
    "native header": (
        "native/scheduler/dag.hpp",
        "#pragma once",
        "#pragma once\n// edited",
        ["results/native/libgroundwork_scheduler.so"],
    ),
    "native source": (
        "native/scheduler/greedy.cpp",
        "#include",
        "// edited\n#include",
        ["results/native/libgroundwork_scheduler.so"],
    ),
    "figure script": (
        "workflow/figures/calculus/jvp.py",
        "def draw(",
        "SPARE = 1\n\n\ndef draw(",
        [f"{R}/calculus/figures/jvp.png"],
    ),
    "one document": (
        "src/documents/problem-sets/calculus.qmd",
        "\n## ",
        "\nOne sentence more.\n\n## ",
        [f"{R}/documents/problem-sets/calculus/page.json", "reports/smoke/pdf/calculus.pdf"],
    ),
    "one data file": (
        "results/data/resnet_cifar10/resnet32-d509ac18.th",
        None,
        None,
        [f"{R}/operators/spectra.json"],
    ),
}


@pytest.mark.parametrize("kind", DIRECT)
def test_an_edit_reruns_what_reaches_it_and_what_follows(house, kind):
    name, old, new, files = DIRECT[kind]
    expected = forced(house, *files)
    assert expected, "the direct rules are not part of the build"
    path = house.root / name
    if old is None:
        content = path.read_bytes()
        path.write_bytes(content + b"\0")
        try:
            assert house.planned(TARGET) == expected
        finally:
            path.write_bytes(content)
    else:
        text = path.read_text()
        with broken(path, text, text.replace(old, new, 1)):
            assert house.planned(TARGET) == expected
    assert house.planned(TARGET) == []


def test_an_unused_module_reruns_the_reference_only(house):
    expected = forced(house, "results/reference/index.html")
    with added(house.root / "src/groundwork/calculus/nobody.py", '"""Unused."""\n'):
        assert house.planned(TARGET) == expected


def test_a_shared_include_rerenders_the_pages_that_include_it(house):
    page = house.root / "src/documents/guide/architecture.qmd"
    include = house.root / "src/documents/guide/_shared.md"
    text = page.read_text()
    with (
        added(include, "Some words.\n"),
        broken(page, text, text + "\n{{< include _shared.md >}}\n"),
    ):
        assert house.snakemake(TARGET).returncode == 0
        expected = forced(house, f"{R}/documents/guide/architecture/page.json")
        include.write_text("Other words.\n")
        assert house.planned(TARGET) == expected
    assert house.snakemake(TARGET).returncode == 0


def test_touching_everything_reruns_nothing(house):
    for folder, _, files in os.walk(house.root):
        if ".git" in folder or ".snakemake" in folder:
            continue
        for file in files:
            os.utime(os.path.join(folder, file))
    assert house.planned(TARGET) == []


def test_another_branch_and_back_reruns_nothing(house):
    def git(*words):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *words], cwd=house.root, check=True, capture_output=True)

    git("checkout", "-q", "-b", "other")
    for name in ("src/groundwork/operators/jacobi.py", "src/documents/index.qmd", "config.yaml"):
        path = house.root / name
        path.write_text(re.sub(r"\n", "\n\n", path.read_text(), count=1) + "\n")
    git("commit", "-qam", "other")
    git("checkout", "-q", "main")
    assert house.planned(TARGET) == []
    git("branch", "-q", "-D", "other")
