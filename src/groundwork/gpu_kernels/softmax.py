"""Fused softmax over the last axis: one read and one write of memory where a row fits the chip."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from groundwork.gpu_kernels.arguments import check, resolved
from groundwork.gpu_kernels.backend import tl, triton
from groundwork.gpu_kernels.launch import Launcher, processors
from groundwork.gpu_kernels.outputs import blank

ONE_PASS = 16384  # longest row kept in registers: 64 KiB in float32, a quarter of an SM's


@triton.jit
def _one_pass(
    x,  # pointer to the input, (rows, columns) with the two strides below
    y,  # pointer to the output, contiguous
    rows,
    columns,
    x_row,  # strides of x, in elements
    x_column,
    BLOCK: tl.constexpr,  # columns rounded up to a power of two
    ROWS: tl.constexpr,  # rows that a program holds at a time
    PER_SM: tl.constexpr,  # programs per processor; 0: as many as there are tiles (see the grid)
    STAGES: tl.constexpr,  # tiles in flight when a program walks over several
):
    # Idea: whole rows lie in registers, so the largest entry, the sum of the exponentials and the
    # quotient are found on the chip: memory is read once and written once, as by a copy. A program
    # holds ROWS short rows at a time, so that small rows keep it as busy as long ones.
    # Traffic: reads n·w bytes, writes n·w bytes (n entries of w bytes). Flops: about 5 n.
    column = tl.arange(0, BLOCK)[None, :]
    far = column.to(tl.int64)  # a strided row may span more than 2³¹ entries
    for tile in tl.range(
        tl.program_id(0), tl.cdiv(rows, ROWS), tl.num_programs(0), num_stages=STAGES
    ):
        row = (tile * ROWS + tl.arange(0, ROWS))[:, None]
        inside = (row < rows) & (column < columns)
        row = row.to(tl.int64)
        value = tl.load(x + row * x_row + far * x_column, mask=inside, other=-float("inf"))
        value = value.to(tl.float32)  # (ROWS, BLOCK)
        highest = tl.max(value, axis=1)[:, None]
        # A row of -inf alone has no largest entry: with 0 in its place its sum is 0, not NaN.
        power = tl.exp(value - tl.where(highest == -float("inf"), 0.0, highest))
        total = tl.sum(power, axis=1)[:, None]
        share = power / tl.where(total == 0.0, 1.0, total)
        tl.store(y + row * columns + column, share.to(y.dtype.element_ty), mask=inside)


@triton.jit
def _online(x, y, columns, x_row, x_column, BLOCK: tl.constexpr):
    # Idea: a row too long for registers passes by in blocks. The sum so far belongs to the largest
    # entry so far, m; when a block raises m to m', exp(m − m') rescales the sum, so one sweep finds
    # both. A second sweep writes exp(x − m) / sum.
    # Traffic: reads 2 n·w bytes (of the second n·w what is left in L2 is free), writes n·w.
    row = tl.program_id(0).to(tl.int64)
    lane = tl.arange(0, BLOCK)
    highest = -float("inf")  # running maximum m
    total = 0.0  # running sum s of exp(x - m)
    blocks = tl.cdiv(columns, BLOCK)
    for block in range(blocks):
        column = block * BLOCK + lane
        place = x + row * x_row + column.to(tl.int64) * x_column
        value = tl.load(place, mask=column < columns, other=-float("inf")).to(tl.float32)
        higher = tl.maximum(highest, tl.max(value, axis=0))
        base = tl.where(higher == -float("inf"), 0.0, higher)
        total = total * tl.exp(highest - base) + tl.sum(tl.exp(value - base), axis=0)
        highest = higher
    base = tl.where(highest == -float("inf"), 0.0, highest)
    total = tl.where(total == 0.0, 1.0, total)
    for step in range(blocks):
        # Backwards: the end of the row was read last and is the likeliest to be in L2 still.
        column = (blocks - 1 - step) * BLOCK + lane
        inside = column < columns
        value = tl.load(
            x + row * x_row + column.to(tl.int64) * x_column, mask=inside, other=-float("inf")
        )
        share = tl.exp(value.to(tl.float32) - base) / total
        tl.store(y + row * columns + column, share.to(y.dtype.element_ty), mask=inside)


@triton.jit
def _one_pass_backward(
    y,  # the forward result, contiguous
    dy,  # gradient to it, with the two strides below
    dx,  # gradient to the input, contiguous
    rows,
    columns,
    dy_row,
    dy_column,
    BLOCK: tl.constexpr,
    ROWS: tl.constexpr,
    PER_SM: tl.constexpr,
    STAGES: tl.constexpr,
):
    # Idea: dx = y (dy − ⟨y, dy⟩), the Jacobian diag(y) − y yᵀ applied without being formed. It
    # needs the result y alone, never the input; whole rows lie in registers as in the forward pass.
    # Traffic: reads 2 n·w bytes, writes n·w. Flops: 4 n.
    column = tl.arange(0, BLOCK)[None, :]
    far = column.to(tl.int64)  # a strided row may span more than 2³¹ entries
    for tile in tl.range(
        tl.program_id(0), tl.cdiv(rows, ROWS), tl.num_programs(0), num_stages=STAGES
    ):
        row = (tile * ROWS + tl.arange(0, ROWS))[:, None]
        inside = (row < rows) & (column < columns)
        row = row.to(tl.int64)
        share = tl.load(y + row * columns + column, mask=inside, other=0.0).to(tl.float32)
        slope = tl.load(dy + row * dy_row + far * dy_column, mask=inside, other=0.0)
        slope = slope.to(tl.float32)
        common = tl.sum(share * slope, axis=1)[:, None]
        result = share * (slope - common)
        tl.store(dx + row * columns + column, result.to(dx.dtype.element_ty), mask=inside)


@triton.jit
def _two_pass_backward(y, dy, dx, columns, dy_row, dy_column, BLOCK: tl.constexpr):
    # Idea: dx = y (dy − ⟨y, dy⟩) for rows too long for registers. One sweep adds up ⟨y, dy⟩, which
    # needs no rescaling since y is normalised already; the second, backwards, writes the gradient.
    # Traffic: reads 4 n·w bytes at most, writes n·w.
    row = tl.program_id(0).to(tl.int64)
    lane = tl.arange(0, BLOCK)
    common = 0.0
    blocks = tl.cdiv(columns, BLOCK)
    for block in range(blocks):
        column = block * BLOCK + lane
        inside = column < columns
        share = tl.load(y + row * columns + column, mask=inside, other=0.0).to(tl.float32)
        slope = tl.load(dy + row * dy_row + column.to(tl.int64) * dy_column, mask=inside, other=0.0)
        common += tl.sum(share * slope.to(tl.float32), axis=0)
    for step in range(blocks):
        column = (blocks - 1 - step) * BLOCK + lane
        inside = column < columns
        share = tl.load(y + row * columns + column, mask=inside, other=0.0).to(tl.float32)
        slope = tl.load(dy + row * dy_row + column.to(tl.int64) * dy_column, mask=inside, other=0.0)
        result = share * (slope.to(tl.float32) - common)
        tl.store(dx + row * columns + column, result.to(dx.dtype.element_ty), mask=inside)


def _tiles() -> list[Any]:
    """Candidates of the one-pass kernels: the default of each width first."""
    plain = [(rows, warps, 0, 1) for rows in (1, 2, 4, 8, 16, 32, 64) for warps in (4, 8, 16)]
    walking = [(rows, warps, 4, 2) for rows in (16, 4, 1) for warps in (4, 8)]
    return [
        triton.Config({"ROWS": r, "PER_SM": p, "STAGES": s}, num_warps=w)
        for r, w, p, s in [*plain, *walking]
    ]


def _tile_fits(config: Any, arguments: dict[str, Any]) -> bool:
    """2,048 to 8,192 entries a program (more only for one row), 8 to 16 a thread (32 for one)."""
    rows, entries = config.kwargs["ROWS"], config.kwargs["ROWS"] * arguments["BLOCK"]
    if arguments["BLOCK"] < 32:  # 64 rows hold fewer: the one candidate left
        return bool(rows == 64 and config.num_warps == 4)
    share = entries // (32 * config.num_warps)
    return bool(
        entries >= 2048
        and (entries <= 8192 or rows == 1)
        and 8 <= share <= (32 if rows == 1 else 16)
    )


def _long_tiles() -> list[Any]:
    sizes = [(4096, 8), (4096, 16), (8192, 16), (2048, 8)]
    return [triton.Config({"BLOCK": block}, num_warps=warps) for block, warps in sizes]


one_pass = Launcher(_one_pass, _tiles(), key=["BLOCK"], fits=_tile_fits)
one_pass_backward = Launcher(_one_pass_backward, _tiles(), key=["BLOCK"], fits=_tile_fits)
online = Launcher(_online, _long_tiles(), key=[])
two_pass_backward = Launcher(_two_pass_backward, _long_tiles(), key=[])


def _programs(rows: int, device: torch.device) -> Any:
    """The grid of a one-pass kernel: a program per tile, or a few per processor that walk."""

    def grid(meta: dict[str, Any]) -> tuple[int]:
        tiles = triton.cdiv(rows, meta["ROWS"])
        return (min(tiles, meta["PER_SM"] * processors(device)) if meta["PER_SM"] else tiles,)

    return grid


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # x (rows, columns)
        rows, columns = x.shape
        y = blank((rows, columns), x.dtype, x.device)
        if columns <= ONE_PASS:
            block = max(2, triton.next_power_of_2(columns))
            grid = _programs(rows, x.device)
            one_pass(grid, x, y, rows, columns, x.stride(0), x.stride(1), BLOCK=block)
        else:
            online((rows,), x, y, columns, x.stride(0), x.stride(1))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        dy = resolved(dy)
        rows, columns = y.shape
        dx = blank((rows, columns), y.dtype, y.device)
        if columns <= ONE_PASS:
            block = max(2, triton.next_power_of_2(columns))
            grid = _programs(rows, y.device)
            one_pass_backward(
                grid, y, dy, dx, rows, columns, dy.stride(0), dy.stride(1), BLOCK=block
            )
        else:
            two_pass_backward((rows,), y, dy, dx, columns, dy.stride(0), dy.stride(1))
        return dx


def softmax(x: Tensor) -> Tensor:
    """exp(xᵢ − m) / Σⱼ exp(xⱼ − m) along the last axis, m the largest entry; differentiable once.

    Shapes: x (..., n) of any strides → (..., n), contiguous; leading axes that cannot be merged
    into one without a copy are copied.
    Raises: `TypeError`, `ValueError` as `arguments.check` does; `ValueError` for a scalar.
    Source: Milakov and Gimelshein 2018, algorithm 3, for rows beyond `ONE_PASS` entries.
    Differs: a row of −inf alone gives zeros, where torch.softmax gives NaN; NaN and +inf give NaN
    as there. Sums are taken in float32 whatever the dtype.
    Checked by: tests/gpu_kernels/test_softmax.py.
    """
    x = check("x", x)
    if x.dim() == 0:
        raise ValueError("x is a scalar; softmax needs an axis: x[None]")
    if x.numel() == 0:
        return x.clone(memory_format=torch.contiguous_format)  # differentiable as any other
    y: Tensor = _Softmax.apply(x.reshape(-1, x.shape[-1]))
    return y.view(x.shape)
