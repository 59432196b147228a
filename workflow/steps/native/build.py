"""Build one room of `native/` with CMake and publish its library; with --junit, run its tests.

    python workflow/steps/native/build.py --room matmul --build results/native/build/matmul \\
        --settings '{"build_type": "Release", "flags": ""}' \\
        --library results/native/libgroundwork_matmul.so

The build folder is the compiler's cache and may be deleted; the library is copied out of it only
when it is whole.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from groundwork.core.atomic import replacing
from groundwork_harness.pipeline import parent_watchdog, settings

NATIVE = Path(__file__).resolve().parents[3] / "native"


class Settings(settings.Settings):
    """The `native:` block of config.yaml, whose words are in workflow/schemas/config.schema.yaml."""

    build_type: str
    flags: str


def main() -> None:
    """Configure, compile, and publish the library or the test report."""
    parent_watchdog.hold()
    arguments = parse()
    knobs = settings.build(Settings, arguments.settings)
    cmake = tool("cmake")
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "c++"), "g++", "clang++")):
        sys.exit("no C++ compiler was found; install one (Debian: apt-get install g++) or set CXX")
    configure(cmake, arguments.build, arguments.room, knobs)
    run(cmake, "--build", arguments.build, "--parallel", str(arguments.jobs))
    if arguments.library:
        publish(arguments.build / arguments.library.name, arguments.library)
    if arguments.program:
        publish(arguments.build / arguments.program.name, arguments.program)
        arguments.program.chmod(0o755)
    if arguments.junit:
        test(arguments.build, arguments.junit)


def parse() -> argparse.Namespace:
    """The command line; `settings` arrives as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--room", required=True, help="a folder of native/")
    parser.add_argument("--settings", required=True, help="the native block, JSON")
    parser.add_argument("--build", required=True, type=Path, help="build folder, a cache")
    parser.add_argument("--jobs", type=int, default=1, help="parallel compiler runs")
    parser.add_argument("--library", type=Path, help="publish the library here (output)")
    parser.add_argument("--program", type=Path, help="publish this program here (output)")
    parser.add_argument("--junit", type=Path, help="run ctest, report here (output)")
    return parser.parse_args()


def configure(cmake: str, build: Path, room: str, knobs: Settings) -> None:
    """Run CMake's configure step, from nothing where the folder was made for something else."""
    ninja = shutil.which("ninja")
    generator = "Ninja" if ninja else "Unix Makefiles"
    cache = build / "CMakeCache.txt"
    if cache.is_file():
        known = cache.read_text(encoding="utf-8").splitlines()
        if (
            f"CMAKE_GENERATOR:INTERNAL={generator}" not in known
            or f"CMAKE_HOME_DIRECTORY:INTERNAL={NATIVE}" not in known
            or f"CMAKE_CACHEFILE_DIR:INTERNAL={build.resolve()}" not in known
        ):
            shutil.rmtree(build)  # another generator, or a checkout that was moved
    run(
        cmake,
        *("-S", NATIVE, "-B", build, "-G", generator),
        *([f"-DCMAKE_MAKE_PROGRAM={ninja}"] if ninja else []),
        f"-DCMAKE_BUILD_TYPE={knobs.build_type}",
        f"-DGROUNDWORK_ROOM={room}",
        f"-DCMAKE_CXX_FLAGS={knobs.flags}",
        "-DGROUNDWORK_TESTS=ON",
    )


def publish(built: Path, published: Path) -> None:
    """Copy a built file to where others look for it, whole or not at all."""
    with replacing(published) as temporary:
        shutil.copyfile(built, temporary)


def test(build: Path, junit: Path) -> None:
    """Run ctest and write its JUnit report; a failing test fails this step."""
    with replacing(junit) as temporary:
        run(
            tool("ctest"),
            *("--test-dir", build, "--output-on-failure", "--no-tests=error"),
            *("--output-junit", temporary.resolve()),
        )


def tool(name: str) -> str:
    """CMake's or CTest's program: the environment's own (PyPI's cmake) or the system's."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        sys.exit(f"{name} was not found; install it: python -m pip install cmake ninja")
    return found


def run(*command: str | Path) -> None:
    """Run one command with its output shown; stop with its exit status."""
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    if status := subprocess.run(words).returncode:
        sys.exit(status)


if __name__ == "__main__":
    main()
