"""The native project: it builds, tests and says no, alone and through the pipeline's step."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from groundwork.core.native import filename

ROOT = Path(__file__).parents[2]
STEP = ROOT / "workflow" / "steps" / "native" / "build.py"
SETTINGS = json.dumps({"build_type": "Debug", "flags": ""})

DOOR = """
#include "groundwork/door.hpp"
#include "{room}.hpp"
GROUNDWORK_DEFINE_LAST_ERROR()
GROUNDWORK_DOOR int {room}_half(int x, int *out) {{
    return groundwork::guarded([&] {{
        if (x % 2) throw groundwork::InvalidArgument("odd");
        *out = x / answer;
    }});
}}
"""
TEST = """
#include "groundwork/check.hpp"
#include "{room}.hpp"
TEST("the answer") {{ CHECK(answer == 2); }}
int main() {{ return groundwork::run_tests(); }}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """native/ with two tiny rooms, and the step beside it in a tree of its own."""
    native = tmp_path / "native"
    for part in ("cmake", "common"):
        shutil.copytree(ROOT / "native" / part, native / part)
    shutil.copy(ROOT / "native" / "CMakeLists.txt", native)
    for room in ("one", "two"):
        folder = native / room
        folder.mkdir()
        (folder / "CMakeLists.txt").write_text(
            f"groundwork_room({room} door.cpp)\ngroundwork_test({room} {room}_test test.cpp)\n"
        )
        (folder / f"{room}.hpp").write_text("#pragma once\ninline constexpr int answer = 2;\n")
        (folder / "door.cpp").write_text(DOOR.format(room=room))
        (folder / "test.cpp").write_text(TEST.format(room=room))
    script = tmp_path / "workflow" / "steps" / "native" / "build.py"
    script.parent.mkdir(parents=True)
    shutil.copy(STEP, script)
    return tmp_path


def build(project: Path, room: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "workflow/steps/native/build.py", "--room", room]
    command += ["--settings", SETTINGS, "--build", f"build/{room}", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)


def library(project: Path, room: str) -> Path:
    return project / filename(room)


def test_the_step_publishes_a_library_whose_door_works(project):
    done = build(project, "one", "--library", library(project, "one").name)
    assert done.returncode == 0, done.stdout + done.stderr
    code = f"""
import ctypes
one = ctypes.CDLL({str(library(project, "one"))!r})
one.groundwork_last_error.restype = ctypes.c_char_p
out = ctypes.c_int()
assert one.one_half(10, ctypes.byref(out)) == 0 and out.value == 5
assert one.one_half(3, ctypes.byref(out)) == 1 and one.groundwork_last_error() == b"odd"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_header_rebuilds_its_users_and_a_touch_of_another_room_nothing(project):
    for room in ("one", "two"):
        assert build(project, room, "--library", library(project, room).name).returncode == 0
    time.sleep(0.05)
    header = project / "native" / "one" / "one.hpp"
    header.write_text(header.read_text() + "// another word\n")
    assert "door.cpp" in build(project, "one").stdout
    assert ".cpp" not in build(project, "two").stdout
    (project / "native" / "common" / "groundwork" / "door.hpp").touch()
    assert "door.cpp" in build(project, "two").stdout


def test_a_failing_test_leaves_no_report(project):
    (project / "native" / "one" / "one.hpp").write_text("inline constexpr int answer = 3;\n")
    done = build(project, "one", "--junit", "report.xml")
    assert done.returncode != 0
    assert "answer == 2" in done.stdout
    assert not (project / "report.xml").exists()
    (project / "native" / "one" / "one.hpp").write_text("inline constexpr int answer = 2;\n")
    assert build(project, "one", "--junit", "report.xml").returncode == 0
    assert 'tests="1"' in (project / "report.xml").read_text()


def test_a_compiler_error_or_warning_leaves_the_old_library(project):
    target = library(project, "one")
    assert build(project, "one", "--library", target.name).returncode == 0
    before = target.read_bytes()
    door = project / "native" / "one" / "door.cpp"
    door.write_text(door.read_text() + "static int unused_function() { return 1; }\n")
    done = build(project, "one", "--library", target.name)
    assert done.returncode != 0
    assert "unused_function" in done.stdout
    assert target.read_bytes() == before


def test_mistakes_are_refused_in_words(project):
    done = build(project, "three")
    assert done.returncode != 0
    assert "known: one, two" in " ".join((done.stdout + done.stderr).split())
    configure = ["cmake", "-S", "native", "-B", "build/x", "-DGROUNDWORK_SIMD=mmx"]
    done = subprocess.run(configure, cwd=project, capture_output=True, text=True)
    assert done.returncode != 0
    assert "one of auto, avx512, avx2, neon, scalar" in " ".join(done.stderr.split())


def test_a_build_folder_of_a_moved_checkout_starts_anew(project, tmp_path):
    assert build(project, "one").returncode == 0
    moved = tmp_path / "moved"
    moved.mkdir()
    for part in ("native", "workflow", "build"):
        shutil.move(project / part, moved / part)
    done = build(moved, "one", "--library", filename("one"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_three_commands_without_python(tmp_path):
    """native/README.md's commands, as it gives them (the portable level only, for speed)."""
    small = ["-DGROUNDWORK_ROOM=matmul", "-DGROUNDWORK_SIMD=scalar", "-DCMAKE_BUILD_TYPE=Debug"]
    commands = [
        ["cmake", "-S", str(ROOT / "native"), "-B", "build", *small],
        ["cmake", "--build", "build", "--parallel"],
        ["ctest", "--test-dir", "build", "--output-on-failure"],
        ["build/matmul_bench", "--sizes", "40", "--repeats", "1"],
    ]
    for command in commands:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "packed" in done.stdout


def test_the_code_is_formatted():
    files = [str(path) for path in (ROOT / "native").rglob("*.[ch]pp") if "build" not in path.parts]
    assert files
    command = ["clang-format", "--dry-run", "--Werror", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]
