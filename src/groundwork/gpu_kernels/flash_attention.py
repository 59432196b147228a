"""FlashAttention: softmax(QKᵀ·scale)V tile by tile, so that no N × N matrix is ever in memory.

Its kernel is long because Triton compiles it as one function, set-up, sweeps and end.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from groundwork.gpu_kernels.arguments import alike, check, precision
from groundwork.gpu_kernels.backend import tl, triton
from groundwork.gpu_kernels.flash_backward import LOG2E, gradients
from groundwork.gpu_kernels.launch import Launcher
from groundwork.gpu_kernels.outputs import blank

HEAD_SIZES = (16, 32, 64, 128)


@triton.jit
def _sweep(
    mixed,  # running sum of exp(score - m) times values, (BLOCK_M, D)
    highest,  # running maximum m of the scaled scores, in powers of two, (BLOCK_M)
    total,  # running sum of exp(score - m), (BLOCK_M)
    queries,  # (BLOCK_M, D)
    key,  # pointer to the first key of this head; values alike
    value,
    k_token,  # strides between tokens and between channels
    k_channel,
    v_token,
    v_channel,
    limit,  # how many keys each query sees, (BLOCK_M)
    tokens,  # how many keys there are
    scale,  # times log2(e)
    first,  # of the keys swept; a multiple of BLOCK_N
    last,
    D: tl.constexpr,
    BLOCK_N: tl.constexpr,
    MASKED: tl.constexpr,  # whether some query does not see some key of these
    PRECISION: tl.constexpr,
):
    # Traffic per block: 2 BLOCK_N·D·w bytes read, shared by BLOCK_M queries.
    # Flops: 4 BLOCK_M·BLOCK_N·D, two for each multiply-add of the two products.
    token = tl.arange(0, BLOCK_N)
    channel = tl.arange(0, D)
    k_tile = token[:, None] * k_token + channel[None, :] * k_channel
    v_tile = token[:, None] * v_token + channel[None, :] * v_channel
    for start in range(first, last, BLOCK_N):
        start = tl.multiple_of(start, BLOCK_N)
        k_place = key + tl.cast(start, tl.int64) * k_token + k_tile
        v_place = value + tl.cast(start, tl.int64) * v_token + v_tile
        if MASKED:
            there = (start + token < tokens)[:, None]
            keys = tl.load(k_place, mask=there, other=0.0)
        else:
            keys = tl.load(k_place)
        score = tl.dot(queries, tl.trans(keys), input_precision=PRECISION)  # (BLOCK_M, BLOCK_N)
        if MASKED:
            score = tl.where((start + token)[None, :] < limit[:, None], score, -float("inf"))
        higher = tl.maximum(highest, tl.max(score, axis=1) * scale)
        base = higher
        if MASKED:  # a row that has seen no key yet: any base will do, -inf would give NaN
            base = tl.where(higher == -float("inf"), 0.0, higher)
        power = tl.exp2(score * scale - base[:, None])
        shrink = tl.exp2(highest - base)
        if MASKED:  # a value that is not there is 0, since 0 times what lies there may be NaN
            values = tl.load(v_place, mask=there, other=0.0)
        else:
            values = tl.load(v_place)
        mixed = mixed * shrink[:, None]
        mixed = tl.dot(power.to(values.dtype), values, mixed, input_precision=PRECISION)
        total = total * shrink + tl.sum(power, axis=1)
        highest = higher
    return mixed, highest, total


@triton.jit
def _forward(
    query,  # (batch, heads, tokens_q, D) with four strides; key and value alike with tokens_k
    key,
    value,
    out,  # contiguous, as query
    lse,  # (batch, heads, tokens_q), float32: ln Σ exp(score)
    q_batch,
    q_head,
    q_token,
    q_channel,
    k_batch,
    k_head,
    k_token,
    k_channel,
    v_batch,
    v_head,
    v_token,
    v_channel,
    heads,
    tokens_q,
    tokens_k,
    scale,  # times log2(e)
    D: tl.constexpr,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    SHORT: tl.constexpr,  # few tokens: small tiles, chosen apart
    BLOCK_M: tl.constexpr,  # queries that a program holds
    BLOCK_N: tl.constexpr,  # keys and values that pass by at a time
):
    # Traffic: reads N_q·D·w for queries, and for each of N_q / BLOCK_M programs up to
    # 2 N_k·D·w for keys and values (mostly from L2); writes N_q·D·w + 4 N_q. Nothing of N².
    # Flops: 4 N_q·N_k·D, about half of it where causal.
    blocks = tl.cdiv(tokens_q, BLOCK_M)
    which = tl.program_id(0) // blocks
    block = tl.program_id(0) % blocks
    if CAUSAL:
        block = blocks - 1 - block  # the longest work first, so that the short fills the end
    batch = (which // heads).to(tl.int64)
    head = (which % heads).to(tl.int64)
    row = block * BLOCK_M + tl.arange(0, BLOCK_M)
    channel = tl.arange(0, D)
    there = (row < tokens_q)[:, None]
    place = query + batch * q_batch + head * q_head + row[:, None].to(tl.int64) * q_token
    queries = tl.load(place + channel[None, :] * q_channel, mask=there, other=0.0)
    key += batch * k_batch + head * k_head
    value += batch * v_batch + head * v_head
    mixed = tl.zeros((BLOCK_M, D), tl.float32)
    highest = tl.full((BLOCK_M,), -float("inf"), tl.float32)
    total = tl.zeros((BLOCK_M,), tl.float32)
    # Keys before `clear` are seen by every query of the block, keys from `end` on by none.
    if CAUSAL:
        ahead = tokens_k - tokens_q  # the last query sees the last key
        limit = tl.minimum(row + ahead + 1, tokens_k)
        clear = tl.minimum(tl.maximum(block * BLOCK_M + ahead + 1, 0), tokens_k)
        end = tl.minimum(tl.maximum((block + 1) * BLOCK_M + ahead, 0), tokens_k)
    else:
        limit = tl.full((BLOCK_M,), 0, tl.int32) + tokens_k
        clear = tokens_k
        end = tokens_k
    clear = clear // BLOCK_N * BLOCK_N
    mixed, highest, total = _sweep(
        mixed, highest, total, queries, key, value, k_token, k_channel, v_token, v_channel,
        limit, tokens_k, scale, 0, clear, D, BLOCK_N, False, PRECISION,
    )  # fmt: skip
    mixed, highest, total = _sweep(
        mixed, highest, total, queries, key, value, k_token, k_channel, v_token, v_channel,
        limit, tokens_k, scale, clear, end, D, BLOCK_N, True, PRECISION,
    )  # fmt: skip
    seen = total > 0.0  # a query that sees no key: output 0, log-sum-exp -inf
    result = mixed / tl.where(seen, total, 1.0)[:, None]
    first = which.to(tl.int64) * tokens_q + row
    tl.store(
        out + first[:, None] * D + channel[None, :], result.to(out.dtype.element_ty), mask=there
    )
    natural = (highest + tl.log2(tl.where(seen, total, 1.0))) * 0.6931471805599453
    tl.store(lse + first, tl.where(seen, natural, -float("inf")), mask=row < tokens_q)


def _tiles() -> list[Any]:
    sizes = [
        (128, 64, 8, 3), (128, 64, 4, 3), (128, 128, 8, 3), (128, 128, 8, 2), (128, 32, 4, 4),
        (64, 64, 4, 3), (64, 32, 8, 2), (32, 32, 4, 2), (16, 16, 2, 2),
    ]  # fmt: skip
    return [
        triton.Config({"BLOCK_M": m, "BLOCK_N": n}, num_warps=warps, num_stages=stages)
        for m, n, warps, stages in sizes
    ]


def _tile_fits(config: Any, arguments: dict[str, Any]) -> bool:
    """Small tiles for few tokens and for float32, whose products have no tensor cores."""
    rows, columns = config.kwargs["BLOCK_M"], config.kwargs["BLOCK_N"]
    tokens = max(16, triton.next_power_of_2(max(arguments["tokens_q"], arguments["tokens_k"])))
    if arguments["SHORT"]:
        return bool(rows <= max(16, tokens // 2) and columns <= rows)
    if arguments["query"].element_size() == 4:
        return bool((rows, columns) == ((64, 32) if arguments["D"] <= 64 else (32, 32)))
    return bool(rows >= 64 and (rows, columns) != (64, 32))


forward = Launcher(_forward, _tiles(), key=["D", "CAUSAL", "SHORT"], fits=_tile_fits)


class _FlashAttention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, causal: bool, scale: float
    ) -> tuple[Tensor, Tensor]:
        B, H, N, D = query.shape
        out = blank((B, H, N, D), query.dtype, query.device)
        lse = blank((B, H, N), torch.float32, query.device)
        if out.numel():
            forward(
                lambda meta: (triton.cdiv(N, meta["BLOCK_M"]) * B * H,),
                query, key, value, out, lse,
                *query.stride(), *key.stride(), *value.stride(),
                H, N, key.shape[2], scale * LOG2E,
                D=D, CAUSAL=causal, PRECISION=precision(query.dtype), SHORT=max(N, key.shape[2]) <= 64,
            )  # fmt: skip
        ctx.save_for_backward(query, key, value, out, lse)
        ctx.causal, ctx.scale = causal, scale
        return out, lse

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dout: Tensor, dlse: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, out, lse = ctx.saved_tensors
        exact = precision(dout.dtype)
        found = gradients(query, key, value, out, lse, dout, dlse, ctx.causal, ctx.scale, exact)
        return (*found, None, None)


def flash_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    causal: bool = False,
    scale: float | None = None,
    return_lse: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """softmax(q kᵀ · scale) v per head, in O(N) memory; differentiable once in q, k and v.

    Shapes: q (B, H, N, D), k and v (B, H, M, D), any strides, D of `HEAD_SIZES` → (B, H, N, D);
    with `return_lse` also ln Σ exp(scores), (B, H, N), float32. `scale` is 1/√D unless given.
    Causal: query i sees keys up to i + M − N, so that the last query sees the last key.
    Raises: `TypeError`, `ValueError` naming the argument and what to do.
    Source: Dao 2023 (FlashAttention-2), algorithm 1; Milakov and Gimelshein 2018.
    Differs: a query that sees no key gives 0 and log-sum-exp −inf, where PyTorch gives NaN; PyTorch
    aligns a causal mask of N ≠ M at the first key. float32 is multiplied in full unless
    `torch.set_float32_matmul_precision` says otherwise.
    Checked by: tests/gpu_kernels/test_attention.py.
    """
    q, k, v = (check(name, x, dims=4) for name, x in (("q", q), ("k", k), ("v", v)))
    alike("q", q, "k", k)
    alike("q", q, "v", v)
    (B, H, _, D), wanted = q.shape, k.shape
    if D not in HEAD_SIZES:
        raise ValueError(f"q has head size {D}, not one of {HEAD_SIZES}: pad q, k and v with zeros")
    if (wanted[0], wanted[1], wanted[3]) != (B, H, D):
        raise ValueError(f"k has shape {tuple(k.shape)}; with q {tuple(q.shape)} it must be "
                         f"({B}, {H}, tokens, {D})")  # fmt: skip
    if v.shape != wanted:
        raise ValueError(f"v has shape {tuple(v.shape)}, k {tuple(k.shape)}: they must be equal")
    scale = D**-0.5 if scale is None else float(scale)
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(f"scale is {scale}; it must be positive and finite")
    out, lse = _FlashAttention.apply(q, k, v, bool(causal), scale)
    return (out, lse) if return_lse else out
