"""`make lock`: what is installed, pinned, as requirements.lock wants it."""

import importlib.metadata
import re

HEAD = "# Every package that the build and the tests use, pinned; made by: make lock"
MARKERS = {"triton": "platform_system == 'Linux' and platform_machine == 'x86_64'"}
OWN = {"groundwork", "pip", "setuptools", "wheel"}


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
