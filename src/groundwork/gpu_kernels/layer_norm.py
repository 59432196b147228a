"""Layer norm and RMS norm fused with the residual sum before them: x + r is never read again."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from groundwork.gpu_kernels.arguments import alike, check, resolved
from groundwork.gpu_kernels.backend import tl, triton
from groundwork.gpu_kernels.launch import Launcher, processors
from groundwork.gpu_kernels.outputs import blank

LONGEST = 16384  # entries of a row, which stays in registers


@triton.jit
def _forward(
    x,  # (rows, columns), with two strides
    residual,  # likewise
    weight,  # (columns), contiguous
    bias,
    y,  # (rows, columns), contiguous: the normalised rows
    stream,  # (rows, columns), contiguous: x + residual
    mean,  # (rows), float32
    rstd,  # (rows), float32: 1 / √(variance + eps)
    columns,
    x_row,
    x_column,
    r_row,
    r_column,
    eps,
    RESIDUAL: tl.constexpr,
    BIAS: tl.constexpr,
    CENTRED: tl.constexpr,  # layer norm; without, RMS norm
    BLOCK: tl.constexpr,
):
    # Traffic with a residual: reads 2 n·w, writes 2 n·w. Unfused: the sum reads 2 and writes 1,
    # the norm reads 1 and writes 1. Without one: reads n·w, writes n·w. Flops: about 8 n.
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < columns
    far = column.to(tl.int64)
    value = tl.load(x + row * x_row + far * x_column, mask=inside, other=0.0).to(tl.float32)
    if RESIDUAL:
        other = tl.load(residual + row * r_row + far * r_column, mask=inside, other=0.0)
        rounded = (value + other.to(tl.float32)).to(stream.dtype.element_ty)
        tl.store(stream + row * columns + column, rounded, mask=inside)
        value = rounded.to(tl.float32)  # what a later reader of the stream sees
    middle = 0.0
    if CENTRED:
        middle = tl.sum(value, axis=0) / columns
    centred = tl.where(inside, value - middle, 0.0)
    scale = 1.0 / tl.sqrt(tl.sum(centred * centred, axis=0) / columns + eps)
    result = centred * scale * tl.load(weight + column, mask=inside, other=0.0).to(tl.float32)
    if BIAS:
        result += tl.load(bias + column, mask=inside, other=0.0).to(tl.float32)
    tl.store(y + row * columns + column, result.to(y.dtype.element_ty), mask=inside)
    tl.store(mean + row, middle)
    tl.store(rstd + row, scale)


@triton.jit
def _backward(
    stream,  # (rows, columns), with two strides: what was normalised
    weight,
    mean,
    rstd,
    dy,  # (rows, columns), contiguous
    dstream,  # likewise: the gradient that reaches the stream past the norm
    dx,  # likewise: the gradient to x, and to the residual
    dweight,  # (programs, columns), float32: each program's part
    dbias,
    rows,
    columns,
    s_row,
    s_column,
    RESIDUAL: tl.constexpr,
    BIAS: tl.constexpr,
    CENTRED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    # Traffic: reads 2 n·w (3 with a residual), writes n·w, and 4 n a program for the weights.
    column = tl.arange(0, BLOCK)
    inside = column < columns
    far = column.to(tl.int64)
    factor = tl.load(weight + column, mask=inside, other=0.0).to(tl.float32)
    weights = tl.zeros((BLOCK,), tl.float32)
    biases = tl.zeros((BLOCK,), tl.float32)
    for start in range(tl.program_id(0), rows, tl.num_programs(0)):
        row = tl.cast(start, tl.int64)
        value = tl.load(stream + row * s_row + far * s_column, mask=inside, other=0.0)
        slope = tl.load(dy + row * columns + column, mask=inside, other=0.0).to(tl.float32)
        scale = tl.load(rstd + row)
        shape = tl.where(inside, (value.to(tl.float32) - tl.load(mean + row)) * scale, 0.0)
        weights += slope * shape
        if BIAS:
            biases += slope
        pull = slope * factor
        result = pull - shape * (tl.sum(pull * shape, axis=0) / columns)
        if CENTRED:
            result -= tl.sum(pull, axis=0) / columns
        result *= scale
        if RESIDUAL:
            result += tl.load(dstream + row * columns + column, mask=inside, other=0.0).to(
                tl.float32
            )
        tl.store(dx + row * columns + column, result.to(dx.dtype.element_ty), mask=inside)
    part = tl.program_id(0).to(tl.int64) * columns + column
    tl.store(dweight + part, weights, mask=inside)
    if BIAS:
        tl.store(dbias + part, biases, mask=inside)


def _tile_fits(config: Any, arguments: dict[str, Any]) -> bool:
    """4 to 16 entries a thread, as far as the sizes allow."""
    share = arguments["BLOCK"] // (32 * config.num_warps)
    smallest, largest = config.num_warps == 2, config.num_warps == 16
    return bool(4 <= share <= 16 or (share < 4 and smallest) or (share > 16 and largest))


def _tiles() -> list[Any]:
    return [triton.Config({}, num_warps=warps) for warps in (2, 4, 8, 16)]


forward = Launcher(_forward, _tiles(), key=["BLOCK", "RESIDUAL"], fits=_tile_fits)
backward = Launcher(_backward, _tiles(), key=["BLOCK", "RESIDUAL"], fits=_tile_fits)


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        residual: Tensor | None,
        eps: float,
        centred: bool,
    ) -> tuple[Tensor, Tensor]:
        rows, columns = x.shape
        y = blank((rows, columns), x.dtype, x.device)
        stream = x if residual is None else blank((rows, columns), x.dtype, x.device)
        mean, rstd = (blank((rows,), torch.float32, x.device) for _ in range(2))
        meta = {
            "RESIDUAL": residual is not None,
            "BIAS": bias is not None,
            "CENTRED": centred,
            "BLOCK": max(2, triton.next_power_of_2(columns)),
        }
        other = x if residual is None else residual
        forward(
            (rows,), x, other, weight, weight if bias is None else bias, y, stream,
            mean, rstd, columns, *x.stride(), *other.stride(), eps, **meta,
        )  # fmt: skip
        ctx.save_for_backward(stream, weight, mean, rstd)
        ctx.meta, ctx.bias = meta, bias
        return y, stream

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor, dstream: Tensor) -> tuple[Tensor | None, ...]:
        stream, weight, mean, rstd = ctx.saved_tensors
        dy, dstream = resolved(dy), resolved(dstream)
        rows, columns = dy.shape
        programs = min(rows, 4 * processors(dy.device))
        dx = blank((rows, columns), dy.dtype, dy.device)
        dweight = blank((programs, columns), torch.float32, dy.device)
        dbias = (
            blank((programs, columns), torch.float32, dy.device) if ctx.meta["BIAS"] else dweight
        )
        backward(
            (programs,), stream, weight, mean, rstd, dy.contiguous(),
            dstream.contiguous(), dx, dweight, dbias, rows, columns, *stream.stride(), **ctx.meta,
        )  # fmt: skip
        bias = dbias.sum(0).to(ctx.bias.dtype) if ctx.meta["BIAS"] else None
        residual = dx if ctx.meta["RESIDUAL"] else None
        return dx, dweight.sum(0).to(weight.dtype), bias, residual, None, None


def _norm(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    residual: Tensor | None,
    eps: float,
    centred: bool,
) -> Any:
    x = check("x", x)
    if x.dim() == 0 or x.shape[-1] == 0:
        raise ValueError(f"x has shape {tuple(x.shape)}; a norm needs a last axis with entries")
    columns = x.shape[-1]
    if columns > LONGEST:
        raise ValueError(f"x has rows of {columns} entries; the kernel holds {LONGEST} on the chip")
    weight = check("weight", weight, dims=1)
    bias = None if bias is None else check("bias", bias, dims=1)
    for name, vector in (("weight", weight), ("bias", bias)):
        if vector is None:
            continue
        if vector.shape[0] != columns or vector.device != x.device:
            raise ValueError(f"{name} has {vector.shape[0]} entries on {vector.device}; x needs "
                             f"{columns} on {x.device}")  # fmt: skip
    if residual is not None:
        residual = check("residual", residual)
        alike("x", x, "residual", residual)
        if residual.shape != x.shape:
            raise ValueError(f"residual has shape {tuple(residual.shape)}, x {tuple(x.shape)}")
        residual = residual.reshape(-1, columns)
    if not eps > 0:
        raise ValueError(f"eps is {eps}; it must be positive, or a row of zeros divides by zero")
    if x.numel() == 0:
        stream = x.clone() if residual is None else x + residual.view(x.shape)
        y = stream * weight if bias is None else stream * weight + bias  # all inputs have gradients
        return y.to(x.dtype) if residual is None else (y.to(x.dtype), stream)
    flat = x.reshape(-1, columns)
    vectors = (weight.contiguous(), None if bias is None else bias.contiguous())
    y, stream = _Norm.apply(flat, *vectors, residual, float(eps), centred)
    return y.view(x.shape) if residual is None else (y.view(x.shape), stream.view(x.shape))


def layer_norm(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    residual: Tensor | None = None,
    eps: float = 1e-5,
) -> Any:
    """(h − mean) / √(variance + eps) · weight + bias along the last axis, h = x + residual.

    Shapes: x, residual (..., n) of any strides, weight and bias (n), n ≤ `LONGEST` → (..., n);
    with a residual the pair (normalised, h). Differentiable once. The variance divides by n.
    Raises: `TypeError`, `ValueError` naming the argument and what to do.
    Source: Ba, Kiros and Hinton 2016, eq. 3.
    Differs: mean, variance and products in float32; h is rounded to x's dtype before its norm.
    Checked by: tests/gpu_kernels/test_norms.py.
    """
    return _norm(x, weight, bias, residual, eps, True)


def rms_norm(x: Tensor, weight: Tensor, residual: Tensor | None = None, eps: float = 1e-6) -> Any:
    """h / √(mean(h²) + eps) · weight along the last axis, h = x + residual; else as `layer_norm`.

    Source: Zhang and Sennrich 2019, eq. 4.
    Checked by: tests/gpu_kernels/test_norms.py.
    """
    return _norm(x, weight, None, residual, eps, False)
