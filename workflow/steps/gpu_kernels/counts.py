"""Bytes and flops counted in the interpreter, beside the arithmetic; and the TF32 trap, simulated."""

from typing import Any, Literal

import torch

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.gpu_kernels import flash_attention, reference, rms_norm, softmax, traffic
from groundwork.gpu_kernels.backend import AVAILABLE, INTERPRETED
from groundwork.gpu_kernels.launch import captured
from groundwork.gpu_kernels.meter import counting
from groundwork.gpu_kernels.softmax import ONE_PASS
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

COLUMNS = ["kernel", "read", "written", "flops", "read_predicted", "written_predicted"]
NAMES = ("cases", "differ", "tf32_error", "ieee_error", "tf32_ratio")


class Settings(step.Settings):
    """Bytes and flops counted in the interpreter."""

    columns: int = knob("Entries of a row.", ge=1, le=16384)
    tokens: int = knob("Queries, and keys, of the counted attention.", ge=1)
    head_size: Literal[16, 32, 64, 128] = knob("Its head size.")
    seed: int = knob("Seed of the inputs.", ge=0)


def _cases(settings: Settings) -> list[tuple[str, Any, traffic.Work]]:
    """Words, a call, and the work it should be."""
    n, N, D = settings.columns, settings.tokens, settings.head_size
    short, long = torch.randn(70, n), torch.randn(1, ONE_PASS + n)
    q = torch.randn(1, 2, N, D).half()
    with captured() as calls:
        flash_attention(q, q, q)
    tile = calls[0].candidates()[0].kwargs
    padded = -(-N // tile["BLOCK_M"]) * tile["BLOCK_M"] * -(-N // tile["BLOCK_N"]) * tile["BLOCK_N"]
    tiled = traffic.attention(N, N, D, 2, "tiled", block=tile["BLOCK_M"], heads=2)
    fused = traffic.norm(70, n, 4, "fused")
    weights = 70 * n * 4  # each row reads the weights again, from the cache
    return [
        ("softmax, one pass", lambda: softmax(short), traffic.softmax(70, n, 4, "one pass")),
        ("softmax, online", lambda: softmax(long), traffic.softmax(1, ONE_PASS + n, 4, "online")),
        (
            "attention",
            lambda: flash_attention(q, q, q),
            traffic.Work(tiled.read, tiled.written, 2 * 4 * padded * D),
        ),
        (
            "RMS norm with residual",
            lambda: rms_norm(short, torch.ones(n), residual=short),
            traffic.Work(fused.read + weights, fused.written + 2 * 70 * 4, 0),
        ),
    ]


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    """Count each kernel's bytes once; run attention on float32 and on float32 cut to TF32."""
    if not AVAILABLE:
        write_table(table, [{"kernel": "not run: no Triton here"}], COLUMNS)
        return {name: claim("not run", "", "interpreted") for name in NAMES}
    if not INTERPRETED:
        raise SystemExit("set TRITON_INTERPRET=1: this step counts kernels in the interpreter")
    torch.manual_seed(settings.seed)
    rows = []
    for words, run, work in _cases(settings):
        with counting() as meter:
            run()
        rows.append({"kernel": words, "read": meter.read, "written": meter.written, "flops": meter.flops,
                     "read_predicted": int(work.read), "written_predicted": int(work.written)})  # fmt: skip
    write_table(table, rows, COLUMNS)
    differ = sum(
        (r["read"], r["written"]) != (r["read_predicted"], r["written_predicted"]) for r in rows
    )
    errors = tf32(settings)
    return {
        "cases": claim(len(rows), "", "interpreted"),
        "differ": claim(differ, "", "interpreted"),
        "tf32_error": claim(errors[1], "", "simulated"),
        "ieee_error": claim(errors[0], "", "interpreted"),
        "tf32_ratio": claim(errors[1] / errors[0], "", "simulated"),
    }


def tf32(settings: Settings) -> list[float]:
    """Largest error of attention against float64 in float32, and with operands cut to TF32."""
    size = (1, 2, settings.tokens, settings.head_size)
    q, k, v = torch.randn(size), torch.randn(size), torch.randn(size)
    exact = reference.attention(q.double(), k.double(), v.double())[0]
    errors = []
    for cut in (False, True):
        with counting(tf32=cut):
            out = flash_attention(q, k, v)
        errors.append((out - exact).abs().max().item())
    return errors


if __name__ == "__main__":
    step.run(main)
