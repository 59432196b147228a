"""Reruns: after each kind of edit exactly the rules that must run again, and no other.

The tests name the files that an edit reaches directly; what follows from these is read off the
inputs and outputs of all jobs of the unedited tree. `-rP` prints the table: edit, rules expected,
rules seen.
"""

import os
import re
import subprocess
from collections import Counter
from contextlib import contextmanager

import pytest
from checkouts import broken

TARGET = "reports/smoke/all"
R = "results/smoke"
JACOBI = ["accuracy", "checks", "rivals", "spectra", "speed", "truncation", "update"]


@pytest.fixture(scope="module")
def jobs(house):
    """Every job of the build with its files."""
    return house.plan(TARGET, "--forceall")


def following(jobs, files):
    """Labels of the jobs that make `files`, and of those that follow from them."""
    hit, more = set(files), True
    while more:
        reached = [j for j in jobs if not hit.isdisjoint([*j["output"], *j["input"]])]
        made = {file for job in reached for file in job["output"]}
        more, hit = not made <= hit, hit | made
    direct = [j for j in jobs if set(files) & set(j["output"])]
    assert files == [] or direct, "the direct rules are not part of the build"
    return sorted(job["label"] for job in jobs if not hit.isdisjoint(job["output"]))


def compare(edit, expected, seen):
    """Exactly the expected jobs; prints the edit's row of the table."""
    print("|", edit, "|", told(expected), "|", told(seen), "|")
    assert seen == expected


def told(labels):
    """Jobs in a cell: each rule, with how many of it if there are several."""
    rules = Counter(label.split()[0] for label in labels)
    return ", ".join(r if n == 1 else f"{r} ({n})" for r, n in sorted(rules.items())) or "none"


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
        ("src/groundwork_harness/pipeline/step.py", "allow_abbrev=False", "allow_abbrev=bool(0)"),
        ("config.yaml", "site:\n", "site:  # a comment\n"),
        (
            "rules/calculus.smk",
            "use rule step as calculus_jvp with:",
            "# A comment.\nuse rule step as calculus_jvp with:",
        ),
        ("rules/calculus.smk", "mem_mb=2000", "mem_mb=2001"),
        ("workflow/steps/calculus/jvp.py", "Timed rounds, rivals", "Rounds, rivals"),
        ("workflow/steps/calculus/jvp.py", 'in turn.", ge=3', 'in turn.", ge=2'),
        ("workflow/steps/calculus/jvp.py", "bounded(int, ge=2)", "bounded(int, ge=1)"),
    ],
    ids=[
        "comment",
        "reformatted",
        "comment in a step",
        "comment in a figure",
        "harness",
        "config comment",
        "comment in a rule",
        "resources of a rule",
        "words of a knob",
        "bound of a knob",
        "bound of a list's entries",
    ],
)
def test_looks_rerun_nothing(house, request, name, old, new):
    with edit(house, name, old, new):
        compare(request.node.callspec.id, [], house.planned(TARGET))


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
        [f"{R}/operators/accuracy.json", f"{R}/alignment/checks.json"],
    ),
    "a rule's command": (
        "rules/calculus.smk",
        '**step("calculus", "jvp"),',
        '**step("calculus", "jvp"),\n        environment="OMP_WAIT_POLICY=passive",',
        [f"{R}/calculus/jvp.json"],
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
def test_an_edit_reruns_what_reaches_it_and_what_follows(house, jobs, kind):
    name, old, new, files = DIRECT[kind]
    expected = following(jobs, files)
    path = house.root / name
    if old is None:
        content = path.read_bytes()
        path.write_bytes(content + b"\0")
        try:
            compare(kind, expected, house.planned(TARGET))
        finally:
            path.write_bytes(content)
    else:
        text = path.read_text()
        assert old in text
        with broken(path, text, text.replace(old, new, 1)):
            compare(kind, expected, house.planned(TARGET))


def test_an_unused_module_reruns_the_reference_only(house, jobs):
    module = house.root / "src/groundwork/calculus/nobody.py"
    expected = following(jobs, ["results/reference/index.html"])
    with added(module, '"""Unused."""\n'):
        compare("an unused module comes", expected, house.planned(TARGET))


def test_an_edit_of_an_unused_module_reruns_nothing(house):
    # doctor is imported by the command alone, so no step reaches it.
    with edit(house, "src/groundwork_harness/pipeline/doctor.py", "timeout=20", "timeout=21"):
        compare("an unused module is edited", [], house.planned(TARGET))


def test_a_shared_include_rerenders_the_pages_that_include_it(house, jobs):
    page = house.root / "src/documents/guide/architecture.qmd"
    include = house.root / "src/documents/guide/_shared.md"
    text = page.read_text()
    with (
        added(include, "Some words.\n"),
        broken(page, text, text + "\n{{< include _shared.md >}}\n"),
    ):
        assert house.snakemake(TARGET).returncode == 0
        expected = following(jobs, [f"{R}/documents/guide/architecture/page.json"])
        include.write_text("Other words.\n")
        compare("a shared include", expected, house.planned(TARGET))
    assert house.snakemake(TARGET).returncode == 0


def test_touching_everything_reruns_nothing(house):
    for folder, _, files in os.walk(house.root):
        if ".git" in folder or ".snakemake" in folder:
            continue
        for file in files:
            os.utime(os.path.join(folder, file))
    compare("touch of everything", [], house.planned(TARGET))


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
    compare("another branch and back", [], house.planned(TARGET))
    git("branch", "-q", "-D", "other")


def test_undoing_every_edit_leaves_nothing_to_run(house):
    """Runs after the edits above, each of which was undone."""
    compare("every edit undone", [], house.planned(TARGET))
