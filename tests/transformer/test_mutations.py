"""Planted faults: each must turn at least one oracle red, and none may be red without it."""

import sys
import types
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from groundwork.transformer import checks, model

from .conftest import SMALL, _spread

SOURCE = Path(model.__file__).read_text(encoding="utf-8")

FAULTS = {
    "mask off by one": ("tril(diagonal=keys - queries)", "tril(diagonal=keys - queries + 1)"),
    "mask a row short": ("tril(diagonal=keys - queries)", "tril(diagonal=-1).logical_or_(\n"
                         "        torch.eye(queries, keys, dtype=torch.bool)[:, :1])"),
    "rope on values": (
        "query, key = rotate(query, rotation), rotate(key, rotation)",
        "query, key, value = (rotate(part, rotation) for part in (query, key, value))",
    ),
    "rope on queries only": (
        "query, key = rotate(query, rotation), rotate(key, rotation)",
        "query = rotate(query, rotation)",
    ),
    "wrong head merge": ("mixed.transpose(1, 2).flatten(-2)", "mixed.reshape(x.shape)"),
    "wrong head split": (
        "part.unflatten(-1, (self.heads, -1)).transpose(1, 2)",
        "part.unflatten(-1, (-1, self.heads)).permute(0, 3, 1, 2)",
    ),
    "no scaling": ("/ math.sqrt(query.shape[-1])", "/ 1.0"),
    "cached positions from 0": ("self.rotation[past : past + tokens]", "self.rotation[:tokens]"),
    "padding ignored": ("(causal & real[:, None, None, :]) | own", "causal.expand(len(real), 1, -1, -1)"),
    "padding row of nothing": ("(causal & real[:, None, None, :]) | own", "causal & real[:, None, None, :]"),
}  # fmt: skip


def planted(old: str, new: str) -> types.ModuleType:
    """The model's module with one piece of its source replaced."""
    assert SOURCE.count(old) == 1, f"{old!r} is no longer one place of model.py"
    module = types.ModuleType("planted_model")
    sys.modules["planted_model"] = module  # dataclasses look their module up
    exec(compile(SOURCE.replace(old, new), "planted_model.py", "exec"), module.__dict__)
    return module


def red_oracles(module: types.ModuleType) -> set[str]:
    """The oracles that a module's GPT fails."""
    torch.manual_seed(0)
    network = _spread(module.GPT(module.GPTConfig(**asdict(SMALL))).double().eval())
    ids = checks.random_ids(network, 2, 12, 0)
    oracles: dict[str, Callable[[], float]] = {
        "twin": lambda: checks.logit_error(network, ids),
        "gradient": lambda: checks.gradient_error(network, ids),
        "future": lambda: checks.future_leak(network, ids),
        "cache": lambda: checks.cache_error(network, ids, [5, 1, 6]),
        "padding left": lambda: checks.padding_error(network, ids, 3, left=True),
        "padding right": lambda: checks.padding_error(network, ids, 3, left=False),
    }
    return {name for name, oracle in oracles.items() if not oracle() <= 1e-9}


def test_the_sound_model_passes_every_oracle() -> None:
    assert red_oracles(model) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_turns_an_oracle_red(name: str) -> None:
    assert red_oracles(planted(*FAULTS[name]))


def test_each_named_fault_is_caught_by_the_oracle_meant_for_it() -> None:
    assert "future" in red_oracles(planted(*FAULTS["mask off by one"]))
    assert "twin" in red_oracles(planted(*FAULTS["rope on values"]))
    assert "twin" in red_oracles(planted(*FAULTS["wrong head merge"]))
    assert "cache" in red_oracles(planted(*FAULTS["cached positions from 0"]))
    assert "padding left" in red_oracles(planted(*FAULTS["padding row of nothing"]))
