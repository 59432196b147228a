"""What is installed; `make lock` pins it, as requirements.lock wants it."""

import importlib.metadata
import re

HEAD = "# Every package that the build and the tests use, pinned; made by: make lock"
MARKERS = {"triton": "platform_system == 'Linux' and platform_machine == 'x86_64'"}
OWN = {"groundwork", "pip", "setuptools", "wheel"}


def installed(package: str) -> str:
    """The version of a package, without the label of its build (CPU or CUDA); "" if it is not here.

    Triton, for one, has no build for some systems.
    """
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return ""


def lines() -> list[str]:
    """One `name==version` a package, local version labels (CPU or CUDA builds) left off."""
    pins = {}
    for distribution in importlib.metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if name not in OWN:
            pins[name] = distribution.version.partition("+")[0]
    return [HEAD] + [
        f"{name}=={version}" + (f"; {MARKERS[name]}" if name in MARKERS else "")
        for name, version in sorted(pins.items())
    ]


if __name__ == "__main__":
    print("\n".join(lines()))
