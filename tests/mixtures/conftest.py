"""Planting bugs: a module rebuilt from its own source with one piece of text replaced."""

import inspect
import sys
from collections.abc import Callable
from types import ModuleType

import pytest


def _mutant(module: ModuleType, old: str, new: str) -> ModuleType:
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times in {module.__name__}"
    planted = ModuleType(module.__name__ + "_mutant")
    sys.modules[planted.__name__] = planted  # dataclasses look their module up by name
    exec(compile(source.replace(old, new), str(module.__file__), "exec"), planted.__dict__)
    return planted


@pytest.fixture
def mutant() -> Callable[[ModuleType, str, str], ModuleType]:
    """`mutant(module, old, new)`: the module with `old` (which must occur once) replaced."""
    return _mutant
