"""The backward pass of FlashAttention: scores are recomputed from the log-sum-exp, tile by tile.

With S = scale·QKᵀ, P = exp(S − lse) and dP = dO Vᵀ:
dV = Pᵀ dO, dS = P ∘ (dP − δ) with δᵢ = ⟨dOᵢ, Oᵢ⟩ − dlseᵢ, dQ = scale·dS K, dK = scale·dSᵀ Q.
"""

import math
from typing import Any

import torch
from torch import Tensor

from groundwork.gpu_kernels.arguments import resolved
from groundwork.gpu_kernels.backend import tl, triton
from groundwork.gpu_kernels.launch import Launcher
from groundwork.gpu_kernels.outputs import blank

LOG2E = math.log2(math.e)  # the exponent unit of a GPU takes powers of two


@triton.jit
def _key_gradients(
    query,  # all (batch · heads, tokens, D), contiguous
    key,
    value,
    dout,
    lse,  # (batch · heads, tokens_q), times log2(e); +inf where a query sees no key
    delta,
    dkey,
    dvalue,
    tokens_q,
    tokens_k,
    scale,
    D: tl.constexpr,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    SHORT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    # A program holds BLOCK_N keys and values and lets the queries pass by.
    # Traffic: 2 N_q·D·w read per program, mostly from L2. Flops: 8 BLOCK_N·N_q·D.
    blocks = tl.cdiv(tokens_k, BLOCK_N)
    which = (tl.program_id(0) // blocks).to(tl.int64)
    block = tl.program_id(0) % blocks
    token = block * BLOCK_N + tl.arange(0, BLOCK_N)
    channel = tl.arange(0, D)[None, :]
    there = (token < tokens_k)[:, None]
    own = (which * tokens_k + token)[:, None] * D + channel
    keys = tl.load(key + own, mask=there, other=0.0)
    values = tl.load(value + own, mask=there, other=0.0)
    dkeys = tl.zeros((BLOCK_N, D), tl.float32)
    dvalues = tl.zeros((BLOCK_N, D), tl.float32)
    ahead = tokens_k - tokens_q
    first = 0
    if CAUSAL:  # earlier queries see none of these keys
        first = tl.maximum(block * BLOCK_N - ahead, 0) // BLOCK_M * BLOCK_M
    for start in range(first, tokens_q, BLOCK_M):
        row = start + tl.arange(0, BLOCK_M)
        inside = row < tokens_q
        place = (which * tokens_q + row)[:, None] * D + channel
        queries = tl.load(query + place, mask=inside[:, None], other=0.0)
        slopes = tl.load(dout + place, mask=inside[:, None], other=0.0)
        log_total = tl.load(lse + which * tokens_q + row, mask=inside, other=float("inf"))
        common = tl.load(delta + which * tokens_q + row, mask=inside, other=0.0)
        score = tl.dot(keys, tl.trans(queries), input_precision=PRECISION)  # (BLOCK_N, BLOCK_M)
        weight = tl.exp2(score * (scale * 1.4426950408889634) - log_total[None, :])
        if CAUSAL:
            weight = tl.where(token[:, None] <= row[None, :] + ahead, weight, 0.0)
        dvalues = tl.dot(weight.to(slopes.dtype), slopes, dvalues, input_precision=PRECISION)
        dweight = tl.dot(values, tl.trans(slopes), input_precision=PRECISION)
        dscore = weight * (dweight - common[None, :])
        dkeys = tl.dot(dscore.to(queries.dtype), queries, dkeys, input_precision=PRECISION)
    tl.store(dkey + own, (dkeys * scale).to(dkey.dtype.element_ty), mask=there)
    tl.store(dvalue + own, dvalues.to(dvalue.dtype.element_ty), mask=there)


@triton.jit
def _query_gradients(
    query,
    key,
    value,
    dout,
    lse,
    delta,
    dquery,
    tokens_q,
    tokens_k,
    scale,
    D: tl.constexpr,
    CAUSAL: tl.constexpr,
    PRECISION: tl.constexpr,
    SHORT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    # A program holds BLOCK_M queries and lets keys and values pass by.
    # Traffic: 2 N_k·D·w read per program, mostly from L2. Flops: 6 BLOCK_M·N_k·D.
    blocks = tl.cdiv(tokens_q, BLOCK_M)
    which = (tl.program_id(0) // blocks).to(tl.int64)
    block = tl.program_id(0) % blocks
    row = block * BLOCK_M + tl.arange(0, BLOCK_M)
    channel = tl.arange(0, D)[None, :]
    inside = row < tokens_q
    own = (which * tokens_q + row)[:, None] * D + channel
    queries = tl.load(query + own, mask=inside[:, None], other=0.0)
    slopes = tl.load(dout + own, mask=inside[:, None], other=0.0)
    log_total = tl.load(lse + which * tokens_q + row, mask=inside, other=float("inf"))
    common = tl.load(delta + which * tokens_q + row, mask=inside, other=0.0)
    dqueries = tl.zeros((BLOCK_M, D), tl.float32)
    ahead = tokens_k - tokens_q
    end = tokens_k
    if CAUSAL:
        end = tl.minimum(tl.maximum((block + 1) * BLOCK_M + ahead, 0), tokens_k)
    for start in range(0, end, BLOCK_N):
        token = start + tl.arange(0, BLOCK_N)
        there = token < tokens_k
        place = (which * tokens_k + token)[:, None] * D + channel
        keys = tl.load(key + place, mask=there[:, None], other=0.0)
        values = tl.load(value + place, mask=there[:, None], other=0.0)
        score = tl.dot(queries, tl.trans(keys), input_precision=PRECISION)  # (BLOCK_M, BLOCK_N)
        weight = tl.exp2(score * (scale * 1.4426950408889634) - log_total[:, None])
        dweight = tl.dot(slopes, tl.trans(values), input_precision=PRECISION)
        dscore = weight * (dweight - common[:, None])
        if CAUSAL:
            dscore = tl.where(token[None, :] <= row[:, None] + ahead, dscore, 0.0)
        dqueries = tl.dot(dscore.to(keys.dtype), keys, dqueries, input_precision=PRECISION)
    tl.store(dquery + own, (dqueries * scale).to(dquery.dtype.element_ty), mask=inside[:, None])


def _tiles() -> list[Any]:
    sizes = [
        (64, 64, 8, 2),
        (64, 64, 4, 2),
        (64, 128, 8, 2),
        (128, 64, 8, 2),
        (32, 32, 8, 2),
        (16, 16, 2, 2),
    ]
    return [
        triton.Config({"BLOCK_M": m, "BLOCK_N": n}, num_warps=warps, num_stages=stages)
        for m, n, warps, stages in sizes
    ]


def _tile_fits(config: Any, arguments: dict[str, Any]) -> bool:
    """As in the forward pass, and half its tiles, since two sums are held."""
    rows, columns = config.kwargs["BLOCK_M"], config.kwargs["BLOCK_N"]
    if arguments["SHORT"]:
        return bool(rows == columns == 16)
    if arguments["query"].element_size() == 4:
        return bool(rows == columns == 32)
    return bool(rows >= 64)


key_gradients = Launcher(_key_gradients, _tiles(), key=["D", "CAUSAL", "SHORT"], fits=_tile_fits)
query_gradients = Launcher(
    _query_gradients, _tiles(), key=["D", "CAUSAL", "SHORT"], fits=_tile_fits
)


def gradients(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    out: Tensor,
    lse: Tensor,
    dout: Tensor,
    dlse: Tensor,
    causal: bool,
    scale: float,
    precision: str,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients to queries, keys and values, from the forward pass's results.

    Shapes: query (B, H, N, D), key and value (B, H, M, D), lse and dlse (B, H, N).
    Source: Dao 2023, algorithm 2, as two kernels so that none needs atomic sums.
    Differs: operands that are not contiguous are copied.
    Checked by: tests/gpu_kernels/test_attention.py.
    """
    B, H, N, D = query.shape
    M = key.shape[2]
    query, key, value, dout = (resolved(x).contiguous() for x in (query, key, value, dout))
    delta = (dout.float() * out.float()).sum(-1) - dlse  # (B, H, N)
    log_total = torch.where(torch.isinf(lse) & (lse < 0), torch.inf, lse * LOG2E)
    dquery, dkey, dvalue = (blank(x.shape, x.dtype, x.device) for x in (query, key, value))
    shared = (query, key, value, dout, log_total, delta)
    meta = {"D": D, "CAUSAL": causal, "PRECISION": precision, "SHORT": max(N, M) <= 64}
    if dkey.numel():
        grid = lambda meta: (triton.cdiv(M, meta["BLOCK_N"]) * B * H,)  # noqa: E731
        key_gradients(grid, *shared, dkey, dvalue, N, M, scale, **meta)
    if dquery.numel():
        grid = lambda meta: (triton.cdiv(N, meta["BLOCK_M"]) * B * H,)  # noqa: E731
        query_gradients(grid, *shared, dquery, N, M, scale, **meta)
    return dquery, dkey, dvalue
