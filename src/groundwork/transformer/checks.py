"""Oracles: how far the hand-written model is from independent answers. Each returns an error.

Used by the tests, by the planted faults (which must make one of them large) and by the step that
prints the errors in the report.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from groundwork.transformer.model import GPT, rotate, rotations
from groundwork.transformer.reference import ReferenceGPT, turn

READY_MADE = ("scaled_dot_product", "multi_head_attention", "transformer_encoder", "flash_attn")


def random_ids(model: GPT, batch: int, tokens: int, seed: int) -> Tensor:
    """Uniform token indices (B, T)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(model.config.vocabulary, (batch, tokens), generator=generator)


@torch.no_grad()
def rope_twin_error(head_size: int, tokens: int, seed: int) -> float:
    """Largest difference of the complex product from its sine-and-cosine twin, in float64."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 3, tokens, head_size, generator=generator, dtype=torch.float64)
    rotation = rotations(torch.arange(tokens), head_size)
    return float((rotate(x, rotation) - turn(x, rotation.real, rotation.imag)).abs().max())


@torch.no_grad()
def rope_shift_error(head_size: int, shifts: Sequence[int], seed: int) -> float:
    """Largest change of ⟨R_m q, R_n k⟩ when m and n move together, in float64."""
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, 8, head_size, generator=generator, dtype=torch.float64)
    scores = []
    for shift in (0, *shifts):
        rotation = rotations(torch.arange(8) + shift, head_size)
        scores.append(rotate(query, rotation) @ rotate(key, rotation).T)  # (8, 8): all m, n
    return max(float((score - scores[0]).abs().max()) for score in scores[1:])


@torch.no_grad()
def logit_error(model: GPT, ids: Tensor) -> float:
    """Largest difference of the logits from those of the ready-made twin."""
    twin = _twin(model)
    return float((model.eval()(ids) - twin(ids)).abs().max())


def gradient_error(model: GPT, ids: Tensor) -> float:
    """Largest difference of any weight's gradient from the ready-made twin's."""
    twin = _twin(model)
    for network in (model.eval(), twin):
        network.zero_grad()
        logits = network(ids[:, :-1])
        F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
    pairs = zip(model.parameters(), twin.parameters(), strict=True)
    worst = max(float((ours.grad - theirs.grad).abs().max()) for ours, theirs in pairs)  # type: ignore[operator]
    model.zero_grad()
    return worst


def _twin(model: GPT) -> ReferenceGPT:
    twin = ReferenceGPT(model.config).to(model.embedding.weight.dtype)
    return twin.take_weights(model.state_dict()).eval()


@torch.no_grad()
def future_leak(model: GPT, ids: Tensor) -> int:
    """How many logits before a changed token differ in any bit, over every place of change."""
    before = model.eval()(ids)
    changed = 0
    for place in range(1, ids.shape[1]):
        other = ids.clone()
        other[:, place:] = (other[:, place:] + 1) % model.config.vocabulary
        changed += int((model(other)[:, :place] != before[:, :place]).sum())
    return changed


@torch.no_grad()
def cache_error(model: GPT, ids: Tensor, chunks: Sequence[int]) -> float:
    """Largest difference of logits read piece by piece through the cache from those read at once.

    `chunks` are the lengths of the pieces; they add up to the tokens of `ids`.
    """
    whole = model.eval()(ids)
    cache = model.new_cache(len(ids))
    parts = [model(piece, cache=cache) for piece in ids.split(list(chunks), dim=1)]
    return float((torch.cat(parts, dim=1) - whole).abs().max())


@torch.no_grad()
def padding_error(model: GPT, ids: Tensor, padding: int, *, left: bool) -> float:
    """Largest difference of the real tokens' logits from those without padding beside them."""
    alone = model.eval()(ids)
    fill = torch.zeros(len(ids), padding, dtype=torch.long)
    real = torch.ones_like(ids, dtype=torch.bool)
    sides = [(fill, fill.bool()), (ids, real)] if left else [(ids, real), (fill, fill.bool())]
    padded = torch.cat([tokens for tokens, _ in sides], dim=1)
    logits = model(padded, real=torch.cat([kept for _, kept in sides], dim=1))
    if not bool(logits.isfinite().all()):
        return math.inf
    kept = logits[:, padding:] if left else logits[:, : ids.shape[1]]
    return float((kept - alone).abs().max())


class _Calls(TorchFunctionMode):
    """Notes every function of PyTorch by the name under which Python calls it.

    Ready-made attention often runs as plain products and a softmax (with a mask given, or its
    weights asked for): then its name shows here and nowhere below.
    """

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.names.add(torch.overrides.resolve_name(func) or str(func))
        return func(*args, **(kwargs or {}))


class _Operators(TorchDispatchMode):
    """Notes the name of every operator that PyTorch executes, forward and backward."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.names.add(str(func))
        return func(*args, **(kwargs or {}))


def executed(network: torch.nn.Module, ids: Tensor) -> set[str]:
    """Names of all functions called and operators executed in one training pass on `ids`."""
    names: set[str] = set()
    with _Calls(names), _Operators(names):
        network.train()(ids).sum().backward()
    network.zero_grad()
    return names


def ready_made(names: set[str]) -> set[str]:
    """Those of the names that are attention or transformer layers out of the box."""
    return {name for name in names if any(word in name for word in READY_MADE)}
