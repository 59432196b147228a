"""The house rules: who may import whom, who may touch the disk, how large things may grow."""

import ast
import re
import subprocess
import warnings
from pathlib import Path

import pytest

from groundwork.core.provenance import ROOT
from groundwork.core.result import canonical
from groundwork_harness.pipeline import syntax
from groundwork_harness.pipeline.config import complete

SOURCES = ROOT / "src" / "groundwork"
ROOMS = sorted(p.parent.name for p in SOURCES.glob("*/__init__.py") if p.parent.name != "core")
# The only doors between rooms: importer -> rooms it may import.
DOORS = {
    "alignment": {"transformer"},
    "data_parallel": {"transformer"},
    "reproduction": {"transformer"},
}
DISK = {
    "open",
    "read_text",
    "write_text",
    "read_bytes",
    "write_bytes",
    "savefig",
    "savetxt",
    "mkdir",
}
# A cell of the reproduction trains for minutes and keeps its state on the disk as it goes.
MAY_TOUCH_DISK = {"io.py", "cli.py", "__main__.py", "cells.py"}
RULES = r"^(?=rule |checkpoint |use rule )"
# Lines from which a reviewer is told (a warning), and from which a part is too long.
LIMITS = {"module": (250, 400), "function": (40, 60), "rules": (150, 220), "tests": (300, 400)}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def room_modules():
    return [path for room in ROOMS for path in sorted((SOURCES / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    modules = set()
    for module, name, _ in syntax.facts(path).imports:
        modules |= {module, f"{module}.{name}"} if name else {module}
    return modules


@pytest.mark.parametrize("path", room_modules(), ids=lambda p: p.relative_to(SOURCES).as_posix())
def test_a_room_imports_core_and_declared_doors_only(path):
    room = path.relative_to(SOURCES).parts[0]
    allowed = {room, "core", *DOORS.get(room, ())}
    for module in imported(path):
        parts = module.split(".")
        assert parts[0] != "snakemake", f"{path.name} imports Snakemake"
        if parts[0] == "groundwork" and len(parts) > 1:
            assert parts[1] in allowed, f"{room} may not import groundwork.{parts[1]}"


def test_the_libraries_never_import_the_harness():
    for path in sorted(SOURCES.rglob("*.py")):
        if path != SOURCES / "__main__.py":  # the command, which hands over to it
            taken = [m for m in imported(path) if m.startswith("groundwork_harness")]
            assert not taken, f"{path.relative_to(SOURCES)} imports {taken[0]}"


def test_the_page_of_the_harness_names_every_module():
    harness = ROOT / "src" / "groundwork_harness"
    named = re.findall(r"`(\w+)`", (harness / "README.md").read_text())
    modules = [p.stem for p in harness.glob("*/*.py") if not p.stem.startswith("__")]
    assert set(modules) <= set(named), set(modules) - set(named)


def test_core_imports_no_room():
    for path in (SOURCES / "core").glob("*.py"):
        for module in imported(path):
            if module.startswith("groundwork."):
                assert module.split(".")[1] == "core", f"core/{path.name} imports {module}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_door_only_reexports(room):
    """Closures look through a room's __init__, which they can only if it holds nothing else."""
    assert syntax.facts(SOURCES / room / "__init__.py").reexports is not None


@pytest.mark.parametrize("path", room_modules(), ids=lambda p: p.relative_to(SOURCES).as_posix())
def test_a_room_touches_the_disk_only_at_its_edges(path):
    if path.name in MAY_TOUCH_DISK:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert name not in DISK, f"{path.name}, line {node.lineno}: {name}() outside io.py"


def judge(words: str, lines: int, kind: str, reason: bool = False) -> None:
    """Size is a signal to look, not a wall to split a thought at: warn, and fail well beyond."""
    told, most = LIMITS[kind]
    assert lines <= most, f"{words}, more than {most}"
    if lines > told and not reason:
        warnings.warn(f"{words}, more than {told}", stacklevel=2)


def reasoned(path: Path) -> bool:
    """A module past the first limit says why in its docstring, as "long because …"."""
    words = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split()).lower()
    return "long because" in words or "250 lines" in words


@pytest.mark.parametrize("path", tracked("src/*.py", "workflow/*.py"), ids=lambda p: p.name)
def test_modules_and_functions_stay_small(path):
    text = path.read_text()
    lines = text.count("\n")
    judge(f"{path.name}: {lines} lines", lines, "module", reasoned(path))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            start = body[0].lineno if body else node.lineno
            length = (node.end_lineno or start) - start + 1
            words = f"{path.name}: {node.name} has {length} lines"
            judge(words, length, "function", reasoned(path))


def test_budgets_of_the_shared_parts():
    core = sum(p.read_text().count("\n") for p in (SOURCES / "core").glob("*.py"))
    assert core <= 900, f"core has {core} lines"
    assert (ROOT / "Snakefile").read_text().count("\n") < 80
    for path in tracked("rules/*.smk"):
        lines = path.read_text().count("\n")
        judge(f"{path.name}: {lines} lines", lines, "rules")
    for path in tracked("tests/*.py"):
        lines = path.read_text().count("\n")
        judge(f"{path.name}: {lines} lines", lines, "tests")


def test_rules_state_everything():
    """Each rule that runs something has named files, log, benchmark, threads, resources, params."""
    for path in tracked("rules/*.smk"):
        assert not re.search(r"^\s*run:", path.read_text(), re.M), f"{path.name} has a run: block"
        for rule in re.split(RULES, path.read_text(), flags=re.M)[1:]:
            name = rule.split(":")[0].removeprefix("rule ")
            runs = "shell:" in rule and name != "step"  # which only holds what steps share
            if not runs and not name.startswith("use rule step"):
                continue
            for section in ("output:", "log:", "benchmark:", "threads:", "resources:", "params:"):
                assert f"\n    {section}" in rule, f"{path.name}: {name} lacks {section}"


def test_steps_that_use_a_gpu_at_full_scale_ask_for_one():
    full = complete({"scale": "full"})
    asked = {}
    for path in tracked("rules/*.smk"):
        for rule in re.split(RULES, path.read_text(), flags=re.M)[1:]:
            if rule.startswith("use rule step"):
                room, step = re.search(r'\*\*step\("(\w+)", "(\w+)"', rule).groups()
                assert rule.startswith(f"use rule step as {room}_{step} with:")
                assert re.search(rf'json=result\("{room}/{step}(/{{\w+}})?\.json"\)', rule)
                asked[room, step] = "gpu=" in rule
    assert len(asked) > 50
    for (room, step), asks in asked.items():
        uses = '"cuda"' in canonical(full[room][step])
        assert uses == asks, f"{room}_{step} {'uses' if uses else 'asks for'} a GPU"


def test_one_noun_in_every_folder():
    for path in (ROOT / "rules").glob("*.smk"):
        room = path.stem
        if room in ROOMS:
            assert (ROOT / "workflow" / "schemas" / f"{room}.schema.json").is_file()
            assert (ROOT / "workflow" / "steps" / room).is_dir()
            assert (ROOT / "tests" / room).is_dir()


def test_nothing_names_a_machine_or_is_left_unfinished():
    """Paths of one machine and marks of unfinished work have no place in the tree."""
    marks = re.compile("|".join([r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", "lorem" + " ipsum"]), re.I)
    homes = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w")
    for path in tracked("*.py", "*.smk", "*.qmd", "*.md", "*.yaml", "*.cpp", "*.hpp", "Makefile"):
        text = path.read_text(errors="replace")
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in (".py", ".smk", ".cpp", ".hpp"):
            assert not marks.search(text), f"{name}: {marks.search(text)}"
        if not name.startswith("tests/"):
            assert not homes.search(text), f"{name}: {homes.search(text)}"


def test_public_functions_of_rooms_say_what_they_do():
    for path in room_modules():
        for node in ast.parse(path.read_text()).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            assert not public or ast.get_docstring(node), f"{path}: {node.name} has no docstring"


def test_what_a_rule_starts_ends_with_its_run():
    """Every command of the rules holds the parent_watchdog, so that a killed run leaves no orphans."""
    words = " ".join(path.read_text() for path in tracked("rules/*.smk"))
    named = {name.replace(".", "/") for name in re.findall(r"python -m (groundwork[\w.]*)", words)}
    modules = [ROOT / "src" / name for name in sorted(named)]
    modules = [p / "__main__.py" if p.is_dir() else p.with_suffix(".py") for p in modules]
    assert len(modules) >= 3, "the rules' commands are told otherwise than this test thinks"
    scripts = tracked("workflow/steps/*/*.py", "workflow/figures/*/*.py")
    begins = re.compile(
        r"^ +(?:parent_watchdog\.hold|step\.run|figure\.run|figure\.run_animation)\(", re.M
    )
    runs = [p for p in scripts if '__name__ == "__main__"' in p.read_text()]
    assert len(runs) > 50
    for path in [*modules, *runs]:
        assert begins.search(path.read_text()), f"{path.name} outlives a killed run"
