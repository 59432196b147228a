"""Which packages are installed, and which the locks pin; code closures name the build's pins."""

import importlib.metadata
import re
from pathlib import Path

BUILD, TEST = "requirements.lock", "requirements-test.lock"


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
            pins[plain(name)] = version.strip()
    return pins


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).strip().lower()
