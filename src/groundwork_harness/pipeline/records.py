"""Records: results made on hardware that most readers lack, in `src/recorded/<device>/<room>/`.

A record is a step's own result, copied whole. Its provenance says which code and settings made it,
so a page can tell whether this tree would still make the same.
"""

from collections.abc import Iterable
from functools import cache

from groundwork.core.result import Result, digest
from groundwork_harness.pipeline.tree import Tree

WORDS = {"step": "the step is gone", "code": "older code", "settings": "other settings"}


def current(room: str, steps: Iterable[str]) -> dict[str, list[str]]:
    """What this tree would record: each step's digests of code and of full-scale settings.

    As a rule's param it makes a page that shows records again when their code has changed.
    """
    scripts = {step: f"workflow/steps/{room}/{step}.py" for step in steps}
    tree = _full()
    return {s: [tree.code(path), digest(tree.settings(path))] for s, path in scripts.items()}


def origin(device: str, record: Result) -> str:
    """Where a record came from: "NVIDIA H100, 2026-11-25", and what has changed here since."""
    changed = [WORDS[part] for part in record.stale(_full())]
    return ", ".join([device, record.provenance["time"][:10], *changed])


@cache
def _full() -> Tree:
    return Tree.at("full")
