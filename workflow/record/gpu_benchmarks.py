"""What the recorder of room 5.1 runs: sizes, rivals, and one generator of rows per section.

A speed is bytes that must move (or flops that must be done) over the median time; a row holds every
rival's, with its 20 % and 80 % quantiles, and the raw samples.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from groundwork.gpu_kernels import checks, flash_attention, reference, rms_norm, softmax
from groundwork.gpu_kernels import traffic as work
from groundwork.gpu_kernels.flash_attention import forward as attention_kernel
from groundwork.gpu_kernels.launch import untuned
from groundwork.gpu_kernels.measure import copies, quantiles, rivals, samples
from groundwork.gpu_kernels.softmax import one_pass, online

Row = dict[str, Any]
sdpa = torch.nn.functional.scaled_dot_product_attention


@dataclass(frozen=True)
class Plan:
    """Sizes of a run; `clock` gives the seconds of calls."""

    device: str
    clock: Callable[[Sequence[Any], int], list[float]]
    bytes: int  # of an input past the cache
    columns: list[int]
    tokens: list[int]
    total: int  # tokens of a batch of sequences
    matrix: int  # edge of the square product
    norm: list[int]
    rounds: int = 3
    repeats: int = 12
    compiled: bool = True


def _planted(_: Sequence[Any], repeats: int) -> list[float]:
    """A rehearsal's clock: no time at all, but a number."""
    return [1.0] * repeats


CARD = Plan("cuda", samples, 2**28, [256, 512, 1024, 1823, 2048, 4096, 8192, 16384, 32768, 131072],
            [512, 1024, 2048, 4096, 8192, 16384], 16384, 8192, [1024, 4096, 8192])  # fmt: skip
REHEARSAL = Plan("cpu", _planted, 2**10, [20, 64], [24, 40], 48, 32, [20], 1, 2, False)


def card() -> Row:
    """What the driver says of the card."""
    facts = torch.cuda.get_device_properties(0)
    return {"name": facts.name, "processors": facts.multi_processor_count, "l2": facts.L2_cache_size,
            "memory": facts.total_memory, "capability": f"{facts.major}.{facts.minor}",
            "cuda": torch.version.cuda}  # fmt: skip


def cache(plan: Plan) -> int:
    """Bytes of the L2 cache; in a rehearsal 1 KiB."""
    return int(card()["l2"]) if plan.device == "cuda" else 1024


def _speeds(plan: Plan, amount: float, runs: dict[str, Any]) -> Row:
    """Each rival's rate at its median time, its quantiles, and the samples."""
    found = rivals(runs, rounds=plan.rounds, repeats=plan.repeats, clock=plan.clock)
    row: Row = {"samples": found}
    for name, seconds in found.items():
        low, median, high = quantiles(seconds)
        row |= {name: amount / median, f"{name}_low": amount / high, f"{name}_high": amount / low}
    return row


def measure_card(plan: Plan, _: Any) -> Iterator[Row]:
    """Copy bandwidth (GB/s, reads and writes) and rate of matrix products (TFLOPS)."""
    size = 4 * plan.bytes
    buffers = [(torch.randn(size // 4, device=plan.device), torch.empty(size // 4, device=plan.device))
               for _ in range(2)]  # fmt: skip
    ways = {
        "copy": [lambda x=x, y=y: y.copy_(x) for x, y in buffers],
        "kernel": [lambda x=x, y=y: torch.mul(x, 1.0, out=y) for x, y in buffers],
    }
    row = _speeds(plan, 2 * size / 1e9, ways)
    yield {
        "what": "copy",
        "dtype": "float32",
        "unit": "GB/s",
        "rate": max(row["copy"], row["kernel"]),
        **row,
    }
    del buffers, ways
    for name in ("float16", "bfloat16"):
        a, b = (
            torch.randn(plan.matrix, plan.matrix, device=plan.device).to(checks.DTYPES[name])
            for _ in "ab"
        )
        row = _speeds(plan, 2 * plan.matrix**3 / 1e12, {"matmul": [lambda a=a, b=b: a @ b]})
        yield {
            "what": "matrix product",
            "dtype": name,
            "unit": "TFLOPS",
            "rate": row["matmul"],
            **row,
        }


def check_kernels(plan: Plan, _: Any) -> Iterator[Row]:
    """Every kernel against float64 on this device: masked rows, odd sizes, poisoned outputs."""
    cases: list[tuple[str, str, Callable[..., dict[str, float]], tuple[Any, ...]]] = []
    for shape in ((65, 7), (33, 257), (5, 1823), (3, 16384), (2, 20000)):
        cases.append(("softmax", f"{shape[0]} × {shape[1]}", checks.softmax_errors, shape))
    for tokens, size, causal in (
        ((37, 37), 64, True),
        ((300, 421), 128, False),
        ((421, 300), 64, True),
    ):
        words = f"{tokens[0]} × {tokens[1]}, d = {size}{', causal' if causal else ''}"
        cases.append(("attention", words, checks.attention_errors, (tokens, size, causal)))
    for kind in ("layer_norm", "rms_norm"):
        cases.append((kind, "19 × 1823", checks.norm_errors, (kind, 19, 1823)))
    if plan.device == "cpu":
        cases = cases[:1] + cases[5:6]
    for name, dtype in checks.DTYPES.items():
        for kernel, words, errors, arguments in cases:
            if kernel == "attention" and name == "float32" and arguments[1] == 128:
                continue  # without tensor cores its product takes a minute to compile
            with untuned():
                found = errors(*arguments, dtype, 0, device=plan.device)
            yield {"kernel": kernel, "case": words, "dtype": name, "error": min(max(found.values()), 1e30),
                   "allowed": checks.ALLOWED[name]}  # fmt: skip


def time_softmax(plan: Plan, _: Any) -> Iterator[Row]:
    """GB/s of bytes that must move (read once, written once); sizes within L2 are marked."""
    for name in ("float32", "bfloat16"):
        width = checks.DTYPES[name].itemsize
        for columns, size in [
            *((c, plan.bytes) for c in plan.columns),
            (plan.columns[1], cache(plan) // 8),
        ]:
            rows = max(1, size // (columns * width))
            amount = rows * columns * width
            count = copies(2 * amount, cache(plan), most=3)
            inputs = [
                torch.randn(rows, columns, device=plan.device).to(checks.DTYPES[name])
                for _ in range(count)
            ]
            torch._dynamo.reset()
            compiled = (
                torch.compile(lambda x: torch.softmax(x, -1))
                if plan.compiled
                else reference.softmax
            )
            forms = {"ours": softmax, "torch": lambda x: torch.softmax(x, -1), "compiled": compiled,
                     "unfused": reference.softmax, "copy": torch.clone}  # fmt: skip
            runs = {form: [lambda f=f, x=x: f(x) for x in inputs] for form, f in forms.items()}
            row = _speeds(plan, 2 * amount / 1e9, runs)
            yield {"kernel": "softmax", "dtype": name, "rows": rows, "columns": columns,
                   "in_l2": 2 * amount <= cache(plan), **row}  # fmt: skip


def _sequences(plan: Plan, N: int, D: int, name: str) -> list[torch.Tensor]:
    H, B = max(1, 2048 // D) if plan.device == "cuda" else 2, max(1, plan.total // N)
    return [
        torch.randn(B, H, N, D, device=plan.device).to(checks.DTYPES[name]).requires_grad_()
        for _ in "qkv"
    ]


def _backend(kind: Any, q: Any, k: Any, v: Any, causal: bool) -> Any:
    with sdpa_kernel(kind):
        return sdpa(q, k, v, is_causal=causal)


def time_attention(plan: Plan, _: Any) -> Iterator[Row]:
    """TFLOPS (4 N² d a head, half where causal) and peak memory beyond the operands, MiB."""
    flash = SDPBackend.FLASH_ATTENTION if plan.device == "cuda" else SDPBackend.MATH
    cases = [(name, D, causal, N) for name in ("float16", "bfloat16") for D in (64, 128)
             for causal in (False, True) for N in plan.tokens if name == "float16" or N >= 4096]  # fmt: skip
    for name, D, causal, N in cases:
        q, k, v = _sequences(plan, N, D, name)
        amount = 4 * q.shape[0] * q.shape[1] * N * N * D / (2 if causal else 1) / 1e12
        runs = {
            "ours": [partial(flash_attention, q, k, v, causal)],
            "flash": [partial(_backend, flash, q, k, v, causal)],
        }
        if N <= 4096:
            runs["math"] = [partial(_backend, SDPBackend.MATH, q, k, v, causal)]
        with torch.no_grad():
            row = {"math": 0.0, **_speeds(plan, amount, runs)}
            memory = {f"{form}_memory": _memory(plan, run[0]) for form, run in runs.items()}
        yield {"part": "forward", "dtype": name, "D": D, "causal": causal, "N": N, **memory, **row}
        if name == "float16" and N in (4096, plan.tokens[0]):
            yield {"part": "backward", "dtype": name, "D": D, "causal": causal, "N": N,
                   **_backward(plan, runs, amount, (q, k, v))}  # fmt: skip


def _backward(plan: Plan, runs: dict[str, Any], amount: float, inputs: Any) -> Row:
    """The backward pass alone, 2.5 times the forward's flops, against the flash backend's."""
    outs = {form: runs[form][0]() for form in ("ours", "flash")}
    slope = torch.randn_like(outs["ours"])
    again = {
        form: [lambda o=o: torch.autograd.grad(o, inputs, slope, retain_graph=True)]
        for form, o in outs.items()
    }
    return {"math": 0.0, **_speeds(plan, 2.5 * amount, again)}


def _memory(plan: Plan, run: Any) -> float:
    """MiB allocated at the peak of one call, beyond what was there before."""
    if plan.device != "cuda":
        return 0.0
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def time_norm(plan: Plan, _: Any) -> Iterator[Row]:
    """GB/s of RMS norm with residual, counted as the fused kernel's 4 n·w bytes for all rivals."""
    for columns in plan.norm:
        rows = max(1, plan.bytes // (2 * columns))
        x, r = (torch.randn(rows, columns, device=plan.device).bfloat16() for _ in "xr")
        w = torch.ones(columns, device=plan.device).bfloat16()
        plain = lambda x=x, r=r, w=w, n=columns: torch.nn.functional.rms_norm(x + r, (n,), w, 1e-6)  # noqa: E731
        runs = {"ours": [lambda x=x, r=r, w=w: rms_norm(x, w, residual=r)], "torch": [plain]}
        if plan.compiled:
            torch._dynamo.reset()
            runs["compiled"] = [torch.compile(plain)]
        row = _speeds(plan, work.norm(rows, columns, 2, "fused").bytes / 1e9, runs)
        yield {"kernel": "rms norm", "dtype": "bfloat16", "rows": rows, "columns": columns, **row}


def tuning() -> list[Row]:
    """Every candidate that the autotuner timed, and whether it was chosen."""
    kernels = {"softmax": one_pass, "softmax, online": online, "attention": attention_kernel}
    return [{"kernel": name, **row} for name, kernel in kernels.items() for row in kernel.timings()]


SECTIONS: dict[str, Callable[[Plan, Any], Iterator[Row]]] = {
    "card": measure_card,
    "checks": check_kernels,
    "softmax": time_softmax,
    "attention": time_attention,
    "norm": time_norm,
}
