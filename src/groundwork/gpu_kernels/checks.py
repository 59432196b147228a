"""The oracles: every kernel against its plain twin in float64, forward and backward.

Inputs lie in a sea of NaN and outputs are poisoned, so that a missing mask or an unwritten entry
turns the error into NaN. An error is the largest difference over the largest entry of the exact
result, in units of the dtype's epsilon: a correctly rounded result scores at most ½.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from groundwork.gpu_kernels import reference
from groundwork.gpu_kernels.flash_attention import flash_attention
from groundwork.gpu_kernels.layer_norm import layer_norm, rms_norm
from groundwork.gpu_kernels.outputs import poisoned, surrounded
from groundwork.gpu_kernels.softmax import softmax

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
# Errors allowed, in units of epsilon. In float32 every sum is rounded many times; in 16 bits the
# sums are float32 and what counts is the rounding of results, of weights and of saved outputs;
# the interpreter cuts bfloat16 off where a GPU rounds, which doubles each.
ALLOWED = {"float32": 16.0, "float16": 2.0, "bfloat16": 2.0}


def error(got: Tensor, exact: Tensor, dtype: torch.dtype) -> float:
    """The largest |got − exact| in units of eps · max|exact|; infinite where entries differ in kind.

    Equal infinities count as equal, so a log-sum-exp of −inf must be −inf.
    """
    got = got.double()
    scale = exact[exact.isfinite()].abs().max().item() if exact.isfinite().any() else 1.0
    apart = torch.where(got == exact, 0.0, (got - exact).abs()).nan_to_num(nan=math.inf)
    return apart.max().item() / (torch.finfo(dtype).eps * (scale or 1.0)) if got.numel() else 0.0


def _compare(
    ours: Callable[..., Any],
    twin: Callable[..., Any],
    inputs: Sequence[Tensor | None],
    dtype: torch.dtype,
    seed: int,
) -> dict[str, float]:
    """Errors of forward and backward; entries of an infinite result get no gradient."""
    mine = [None if x is None else surrounded(x).requires_grad_() for x in inputs]
    exact = [None if x is None else x.double().requires_grad_() for x in inputs]
    with poisoned():
        results = _tuple(ours(*mine))
        answers = _tuple(twin(*exact))
        generator = torch.Generator().manual_seed(seed + 1000)
        slopes = [torch.randn(r.shape, generator=generator).to(r) for r in results]
        slopes = [torch.where(a.isfinite(), s, 0) for a, s in zip(answers, slopes, strict=True)]
        torch.autograd.backward(results, [surrounded(s) for s in slopes])
        finite = [torch.where(a.isfinite(), a, 0) for a in answers]
        torch.autograd.backward(finite, [s.double() for s in slopes])
        forward = max(error(r, a.detach(), dtype) for r, a in zip(results, answers, strict=True))
        pairs = [
            (m.grad, e.grad)
            for m, e in zip(mine, exact, strict=True)
            if m is not None and e is not None
        ]
    backward = max(error(m, e, dtype) for m, e in pairs if m is not None and e is not None)
    return {"forward": forward, "backward": backward}


def _tuple(value: Any) -> tuple[Tensor, ...]:
    return value if isinstance(value, tuple) else (value,)


def _normal(seed: int, dtype: torch.dtype, *shape: int, device: str = "cpu") -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator).to(dtype).to(device)


def softmax_errors(
    rows: int, columns: int, dtype: torch.dtype, seed: int, device: str = "cpu"
) -> dict[str, float]:
    """Errors on rows of spread 3, of which one is masked whole and one in part."""
    x = 3 * _normal(seed, dtype, rows, columns, device=device)
    x[0, columns // 2 :] = -torch.inf
    if rows > 1:
        x[-1] = -torch.inf
    return _compare(softmax, reference.softmax, [x], dtype, seed)


def attention_errors(
    tokens: tuple[int, int],
    head_size: int,
    causal: bool,
    dtype: torch.dtype,
    seed: int,
    device: str = "cpu",
) -> dict[str, float]:
    """Errors for (queries, keys) tokens, of two heads; the log-sum-exp counts as a result."""
    N, M = tokens
    sizes = ((1, 2, N, head_size), (1, 2, M, head_size), (1, 2, M, head_size))
    inputs = [_normal(seed + i, dtype, *size, device=device) for i, size in enumerate(sizes)]
    ours = lambda q, k, v: flash_attention(q, k, v, causal, return_lse=True)  # noqa: E731
    twin = lambda q, k, v: reference.attention(q, k, v, causal)  # noqa: E731
    return _compare(ours, twin, inputs, dtype, seed)


def norm_errors(
    kind: str, rows: int, columns: int, dtype: torch.dtype, seed: int, device: str = "cpu"
) -> dict[str, float]:
    """Errors of `layer_norm` or `rms_norm`, each with and without a residual; the worse counts.

    The float64 twin sees x + residual unrounded; the kernel rounds it once to its dtype.
    """
    x, residual, weight, bias = (
        _normal(seed + i, dtype, *size, device=device)
        for i, size in enumerate([(rows, columns), (rows, columns), (columns,), (columns,)])
    )
    ours: dict[str, Any] = {"layer_norm": layer_norm, "rms_norm": rms_norm}
    twins: dict[str, Any] = {"layer_norm": reference.layer_norm, "rms_norm": reference.rms_norm}
    vectors = [weight, bias] if kind == "layer_norm" else [weight]
    f, g = ours[kind], twins[kind]
    found = [
        _compare(f, lambda *a: g(*a)[0], [x, *vectors], dtype, seed),
        _compare(
            lambda x, r, *v: f(x, *v, residual=r),
            lambda x, r, *v: g(x, *v, residual=r),
            [x, residual, *vectors],
            dtype,
            seed,
        ),
    ]
    return {part: max(errors[part] for errors in found) for part in ("forward", "backward")}
