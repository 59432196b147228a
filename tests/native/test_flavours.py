"""The rooms' own native tests under sanitizers, and on 64-bit ARM through an emulator."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARM = {"compiler": "aarch64-linux-gnu-g++", "emulator": "qemu-aarch64"}
# Some optimisation, or the sanitizers take minutes; frames stay readable.
DEBUG = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1"]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


def verdict(folder: Path, source: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """ctest's verdict on a build of `source` with these options."""
    for words in (
        ("cmake", "-S", str(source), "-B", "build", *options),
        ("cmake", "--build", "build", "--parallel", "2"),
    ):
        done = run(folder, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    return run(folder, "ctest", "--test-dir", "build", "--output-on-failure", "--no-tests=error")


@pytest.mark.parametrize("room", ["matmul", "scheduler"])
def test_address_and_undefined_behaviour(room: str, tmp_path: Path) -> None:
    options = [f"-DGROUNDWORK_ROOM={room}", "-DGROUNDWORK_SANITIZE=address,undefined", *DEBUG]
    done = verdict(tmp_path, ROOT / "native", *options)
    assert done.returncode == 0, done.stdout[-4000:]


def test_threads(tmp_path: Path) -> None:
    options = ["-DGROUNDWORK_ROOM=matmul", "-DGROUNDWORK_SANITIZE=thread", *DEBUG]
    done = verdict(tmp_path, ROOT / "native", *options, "-DGROUNDWORK_SIMD=avx2")
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize(
    ("sanitizers", "fault"),
    [
        ("address,undefined", "std::vector<int> two(2); volatile int at = 2; two.data()[at] = 1;"),
        ("address,undefined", "volatile int most = 2147483647; most = most + 1;"),
        ("thread", "int n = 0; std::thread other([&] { ++n; }); ++n; other.join();"),
    ],
)
def test_a_planted_fault_turns_the_sanitized_tests_red(
    sanitizers: str, fault: str, tmp_path: Path
) -> None:
    native = tmp_path / "native"
    for part in ("cmake", "common"):
        shutil.copytree(ROOT / "native" / part, native / part)
    shutil.copy(ROOT / "native" / "CMakeLists.txt", native)
    room = native / "room"
    room.mkdir()
    (room / "CMakeLists.txt").write_text(
        "groundwork_room(room door.cpp)\ngroundwork_test(room room_test test.cpp)\n"
    )
    (room / "door.cpp").write_text("int nothing() { return 0; }\n")
    (room / "test.cpp").write_text(
        '#include "groundwork/check.hpp"\n#include <thread>\n'
        f'TEST("a fault") {{ {fault} }}\n'
        "int main() { return groundwork::run_tests(); }\n"
    )
    options = (*DEBUG, "-DGROUNDWORK_WERROR=OFF")
    (tmp_path / "plain").mkdir()
    assert verdict(tmp_path / "plain", native, *options).returncode == 0
    done = verdict(tmp_path, native, *options, f"-DGROUNDWORK_SANITIZE={sanitizers}")
    assert done.returncode != 0
    assert "Sanitizer" in done.stdout or "runtime error" in done.stdout


def test_neon_in_an_emulator(tmp_path: Path) -> None:
    """The matrix product, cross-compiled, its tests under qemu: native/README.md's own commands."""
    if missing := [name for name in ARM.values() if shutil.which(name) is None]:
        pytest.skip(f"no {missing[0]}; on Debian: apt-get install g++-aarch64-linux-gnu qemu-user")
    toolchain = ROOT / "native" / "cmake" / "aarch64-linux-gnu.cmake"
    options = ["-DGROUNDWORK_ROOM=matmul", "--toolchain", str(toolchain)]
    done = verdict(tmp_path, ROOT / "native", *options)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "matmul_bench_neon" in (tmp_path / "build/Testing/Temporary/LastTest.log").read_text()
