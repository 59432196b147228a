"""Generation: temperature, top-k and top-p, seeded, one token at a time with a KV cache."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from groundwork.transformer.evaluation import evaluating
from groundwork.transformer.model import GPT


def filter_logits(
    logits: Tensor, *, temperature: float, top_k: int | None = None, top_p: float | None = None
) -> Tensor:
    """Logits divided by the temperature, with the unlikely tail set to minus infinity.

    `top_k` keeps the k most likely tokens (ties beyond the k-th fall to the lower index);
    `top_p` keeps the smallest set of most likely tokens whose probabilities reach p, and always
    the first. With both, `top_p` is taken of what `top_k` left.

    Shapes: (B, V) to (B, V).
    Raises: `ValueError` for a temperature ≤ 0, a k < 1 or a p outside (0, 1].
    Source: Fan et al. (2018) for top-k; Holtzman et al., "The Curious Case of Neural Text
    Degeneration" (2020), equation 2, for top-p.
    Checked by: tests/transformer/test_generation.py (a loop over sorted probabilities).
    """
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature must be above 0 and finite, not {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be at least 1, not {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must lie in (0, 1], not {top_p}")
    scaled = logits / temperature
    if not torch.isfinite(scaled.amax(dim=-1)).all():  # so cold that the likeliest is all there is
        highest = logits.amax(dim=-1, keepdim=True)
        scaled = torch.where(logits == highest, 0.0, -torch.inf).to(logits.dtype)
    ordered, order = scaled.sort(dim=-1, descending=True, stable=True)  # (B, V)
    if top_k is not None:
        ordered[:, top_k:] = -torch.inf
    if top_p is not None and top_p < 1:  # a sum that rounds up to 1 early drops nothing
        mass = ordered.double().softmax(dim=-1)
        before = mass.cumsum(dim=-1) - mass  # probability of everything more likely
        ordered = ordered.masked_fill((before >= top_p) & (before > 0), -torch.inf)
    return torch.empty_like(ordered).scatter(-1, order, ordered)


def choose(
    logits: Tensor,
    generator: torch.Generator,
    *,
    temperature: float,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """One token a row, drawn from the filtered distribution; temperature 0 takes the likeliest.

    Shapes: (B, V) to (B, 1).
    """
    if temperature == 0:
        return logits.argmax(dim=-1, keepdim=True)
    kept = filter_logits(logits, temperature=temperature, top_k=top_k, top_p=top_p)
    return torch.multinomial(kept.softmax(dim=-1), 1, generator=generator)  # (B, 1)


@torch.no_grad()
def stream_tokens(
    model: GPT,
    ids: Tensor,
    n: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
    *,
    top_p: float | None = None,
    cached: bool = True,
) -> Iterator[Tensor]:
    """Yield `n` new tokens a row, one step at a time; the model's mode is the caller's in between.

    When the context is full, the older half is dropped and the rest is read anew from position 0:
    a window that moved by one token each step could use no cache, since every kept key was
    computed while looking at tokens now gone. `cached=False` follows the same windows without a
    cache, reading them whole at every step.

    Shapes: ids (B, T) with T ≥ 1; yields (B, 1).
    Raises: `ValueError` for an empty prompt.
    Checked by: tests/transformer/test_generation.py.
    """
    if ids.dim() != 2 or ids.shape[1] == 0:
        raise ValueError("the prompt must hold at least one token")
    if n < 0:
        raise ValueError(f"the number of tokens to draw must be at least 0, not {n}")
    device = model.embedding.weight.device
    context = model.config.context
    generator = torch.Generator().manual_seed(seed)
    window = ids.to(device)[:, -context:]  # (B, T)
    cache = model.new_cache(len(window)) if cached else None
    fresh = window
    for _ in range(n):
        if window.shape[1] > context:
            window = window[:, -(context // 2) :] if context > 1 else window[:, -1:]
            fresh, cache = window, model.new_cache(len(window)) if cached else None
        with evaluating(model):
            logits = model(fresh if cached else window, cache=cache)[:, -1].float().cpu()  # (B, V)
        fresh = choose(logits, generator, temperature=temperature, top_k=top_k, top_p=top_p).to(
            device
        )  # (B, 1)
        window = torch.cat([window, fresh], dim=1)
        yield fresh


def generate(
    model: GPT,
    ids: Tensor | list[int],
    n: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
    *,
    top_p: float | None = None,
    cached: bool = True,
) -> Tensor:
    """The prompt and `n` tokens drawn after it; the same seed gives the same text.

    Shapes: ids (T,) or (B, T) to (T + n,) or (B, T + n).
    """
    prompt = torch.as_tensor(ids)
    if prompt.numel() and (prompt.is_floating_point() or prompt.is_complex()):
        raise TypeError(f"the prompt holds token indices, not {prompt.dtype}")
    prompt = prompt.long()
    batch = prompt[None] if prompt.dim() == 1 else prompt  # (B, T)
    tokens = stream_tokens(model, batch, n, temperature, top_k, seed, top_p=top_p, cached=cached)
    drawn = torch.cat([batch, *(token.cpu() for token in tokens)], dim=1)  # (B, T + n)
    return drawn[0] if prompt.dim() == 1 else drawn
