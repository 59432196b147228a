"""The arithmetic of memory traffic, unfused against fused, and what it allows on known cards."""

from typing import Any

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.gpu_kernels import traffic
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Card(step.Settings):
    """A data sheet."""

    name: str = knob("The card.")
    bandwidth: float = knob("Memory bandwidth (GB/s).", gt=0)
    matrix: float = knob("Dense 16-bit matrix products (TFLOPS).", gt=0)


class Settings(step.Settings):
    """The arithmetic of memory traffic."""

    rows: int = knob("Rows of the softmax and the norm.", ge=1)
    columns: int = knob("Entries of a row.", ge=1)
    tokens: list[bounded(int, ge=1)] = knob(
        "Sequence lengths of attention (tokens), rising.", min_length=1
    )
    head_size: int = knob("Channels of a head.", ge=1)
    block: int = knob("Queries that a program holds.", ge=1)
    cards: list[Card] = knob(
        "Data sheets; the first is the one the report names.", min_length=2, max_length=2
    )


def works(settings: Settings) -> list[tuple[str, str, traffic.Work]]:
    """Operation, way of doing it, and its work, in 16-bit entries."""
    r, n, D = settings.rows, settings.columns, settings.head_size
    found = [
        ("softmax", how, traffic.softmax(r, n, 2, how)) for how in ("unfused", "online", "one pass")
    ]
    found += [("norm", how, traffic.norm(r, n, 2, how)) for how in ("unfused", "fused")]
    for N in settings.tokens:
        for how in ("unfused", "tiled", "compulsory"):
            work = traffic.attention(N, N, D, 2, how, block=settings.block)
            found.append((f"attention, N = {N:,}", how, work))
    return found


def main(settings: Settings, *, table: step.Out, scores: step.Out) -> step.Claims:
    """`table`: each operation's traffic; `scores`: attention's against the sequence's length."""
    rows: list[dict[str, Any]] = []
    for operation, how, work in works(settings):
        row: dict[str, Any] = {
            "operation": operation, "how": how, "read": work.read / 1e6, "written": work.written / 1e6,
            "moved": work.bytes / 1e6, "flops": work.flops / 1e9, "intensity": work.intensity,
        }  # fmt: skip
        for index, card in enumerate(settings.cards):
            bound = traffic.attainable(work.intensity, card.bandwidth * 1e9, card.matrix * 1e12)
            row[f"card{index}"] = bound / 1e12
        rows.append(row)
    write_table(table, rows)
    lengths = [2**power for power in range(7, 18)]
    write_table(
        scores,
        [
            {"tokens": N, **{how: traffic.attention(N, N, settings.head_size, 2, how, block=settings.block).bytes
                             for how in ("unfused", "tiled", "compulsory")}}
            for N in lengths
        ],
    )  # fmt: skip
    return _claims(settings, {(o, h): w for o, h, w in works(settings)})


def _claims(settings: Settings, found: dict[tuple[str, str], traffic.Work]) -> step.Claims:
    card, last = settings.cards[0], f"attention, N = {settings.tokens[-1]:,}"
    ridge = card.matrix * 1e12 / (card.bandwidth * 1e9)
    unfused, tiled = found[last, "unfused"], found[last, "tiled"]
    softmax = found["softmax", "unfused"].bytes / found["softmax", "one pass"].bytes
    norms = found["norm", "unfused"].bytes / found["norm", "fused"].bytes
    bound = traffic.attainable(unfused.intensity, card.bandwidth * 1e9, card.matrix * 1e12)
    return {
        "softmax_ratio": claim(softmax, "×", "exact"),
        "norm_ratio": claim(norms, "×", "exact"),
        "attention_ratio": claim(unfused.bytes / tiled.bytes, "×", "exact"),
        "tokens": claim(settings.tokens[-1], "", "exact"),
        "scores_written": claim(settings.tokens[-1] ** 2 * 2 / 2**20, "MiB", "exact"),
        "softmax_intensity": claim(found["softmax", "one pass"].intensity, "flops/byte", "exact"),
        "unfused_intensity": claim(unfused.intensity, "flops/byte", "exact"),
        "tiled_intensity": claim(tiled.intensity, "flops/byte", "exact"),
        "unfused_bound": claim(100 * bound / (card.matrix * 1e12), "%", "exact"),
        "card": claim(card.name, "", "exact"),
        "ridge": claim(ridge, "flops/byte", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
