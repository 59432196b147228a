"""The network against a loop in float64, room 4.2's network, its cache, and planted faults."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from groundwork.alignment import model as module
from groundwork.alignment.gguf import GGUF
from groundwork.alignment.model import Cache, Llama, from_gpt
from groundwork.alignment.pretrained import network
from groundwork.transformer.model import GPT, GPTConfig

from . import reference
from .conftest import SMALL, some_ids, spread

SOURCE = Path(module.__file__).read_text(encoding="utf-8")
FAULTS = {
    "half-split pairs": (
        "query, key = rotate(query, rotation), rotate(key, rotation)",
        "query, key = (rotate(p.unflatten(-1, (2, -1)).mT.flatten(-2), rotation) for p in (query, key))",
    ),
    "rope base of llama 1": ("config.rope_base)\n        self.reg", "10_000.0)\n        self.reg"),
    "keys shared in turn": ("part.repeat_interleave(share, dim=1)", "part.repeat(1, share, 1, 1)"),
    "gate and up exchanged": (
        "F.silu(self.gate(normed)) * self.up(normed)",
        "F.silu(self.up(normed)) * self.gate(normed)",
    ),
    "no mask": ("is_causal=mask is None", "is_causal=False"),
    "values turned": (
        "query, key = rotate(query, rotation), rotate(key, rotation)",
        "query, key, value = (rotate(p, rotation) for p in (query, key, value))",
    ),
}


def error(network: Llama) -> float:
    """Largest difference from the loop, over two sequences."""
    worst = 0.0
    for ids in some_ids(2, 9).tolist():
        expected = reference.logits(network.state_dict(), SMALL, ids)
        worst = max(worst, np.abs(network(torch.tensor([ids]))[0].numpy() - expected).max())
    return worst


def test_logits_equal_a_loop_in_float64(small: Llama) -> None:
    assert error(small) <= 1e-10


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_turns_the_loop_red(name: str) -> None:
    old, new = FAULTS[name]
    assert SOURCE.count(old) == 1, f"{old!r} is no longer one place of model.py"
    planted = types.ModuleType("planted_llama")
    sys.modules["planted_llama"] = planted  # dataclasses look their module up
    exec(compile(SOURCE.replace(old, new), "planted_llama.py", "exec"), planted.__dict__)
    faulty = spread(planted.Llama(SMALL).double())
    assert error(faulty) > 1e-4


def test_the_files_network_computes_what_its_numbers_say(gguf_file: GGUF) -> None:
    found = network(gguf_file, context=32).double()
    ids = [5, 40, 7, 99, 12]
    expected = reference.logits(found.state_dict(), found.config, ids)
    assert np.abs(found(torch.tensor([ids]))[0].numpy() - expected).max() <= 1e-9


def test_room_42s_network_is_a_llama() -> None:
    torch.manual_seed(0)
    sizes = GPTConfig(vocabulary=13, context=16, layers=2, heads=2, width=16, hidden=12)
    gpt = GPT(sizes).double().eval()
    ids = torch.randint(13, (2, 10))
    with torch.no_grad():
        assert (from_gpt(gpt).double()(ids) - gpt(ids)).abs().max() <= 1e-12
    with pytest.raises(ValueError, match="RMSNorm"):
        from_gpt(GPT(GPTConfig(**{**vars(sizes), "norm": "layer"})))


def test_parts_equal_the_whole(small: Llama) -> None:
    ids = some_ids(3, 11)
    low = small.run(small.embedding(ids), 0, 2)
    assert torch.equal(small.logits(small.run(low, 2)), small(ids))


def test_a_cache_changes_nothing(small: Llama) -> None:
    ids, cache = some_ids(2, 10), Cache(SMALL.layers)
    parts = [
        small.run(small.embedding(ids[:, a:b]), cache=cache) for a, b in ((0, 4), (4, 5), (5, 10))
    ]
    assert (small.logits(torch.cat(parts, 1)) - small(ids)).abs().max() <= 1e-12


def test_padding_on_the_left_moves_nothing(small: Llama) -> None:
    ids = some_ids(1, 6)
    padded = torch.cat([torch.zeros(1, 3, dtype=torch.long), ids], 1)
    real = torch.tensor([[False] * 3 + [True] * 6])
    found = small.logits(small.run(small.embedding(padded), real=real))[:, 3:]
    assert (found - small(ids)).abs().max() <= 1e-12


def test_more_tokens_than_the_context_are_refused(small: Llama) -> None:
    with pytest.raises(ValueError, match="49 tokens are more than the context of 48"):
        small(some_ids(1, 49))
