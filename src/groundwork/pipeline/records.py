"""Records: results made on hardware that most readers lack, in `src/recorded/<device>/<room>/`.

A record is a step's own result, copied whole. Its provenance says which code and settings made it,
so a page can tell whether this tree would still make the same.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from groundwork.core.provenance import ROOT
from groundwork.pipeline import closure
from groundwork.pipeline.config import complete
from groundwork.pipeline.settings import digest


def current(room: str, steps: Iterable[str]) -> dict[str, list[str]]:
    """What this tree would record: each step's digests of code and of full-scale settings.

    As a rule's param it makes a page that shows records again when their code has changed.
    """
    return {step: list(_digests(room, step)) for step in steps}


def origin(device: str, provenance: Mapping[str, Any]) -> str:
    """Where a record came from: "NVIDIA H100, 2026-11-25", and what has changed here since."""
    room, step = provenance["script"].removesuffix(".py").split("/")[-2:]
    code, settings = _digests(room, step)
    words = [device, provenance["time"][:10]]
    if provenance["code"] != code:
        words.append("older code")
    if provenance["settings"] != settings:
        words.append("other settings")
    return ", ".join(words)


@cache
def _digests(room: str, step: str) -> tuple[str, str]:
    script = ROOT / "workflow" / "steps" / room / f"{step}.py"
    code = closure.of(script).digest if script.is_file() else "the step is gone"
    return code, digest(_full()[room].get(step))


@cache
def _full() -> dict[str, Any]:
    return complete({"scale": "full"})
