"""What a GPU has measured, beside its bars; says so where nothing has been recorded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_table
from groundwork.gpu_kernels.io import code, read_record
from groundwork.gpu_kernels.softmax import ONE_PASS
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

SPEEDS = [
    "device",
    "age",
    "operation",
    "dtype",
    "x",
    "in_l2",
    "unit",
    "rival",
    "rate",
    "low",
    "high",
]
TUNED = ["kernel", "key", "tile", "warps", "ms", "slowest", "candidates", "device"]
CHECKED = ["kernel", "case", "dtype", "error", "allowed", "device"]
RIVALS = ("ours", "torch", "compiled", "unfused", "copy", "flash", "math")
QUANTITIES = {  # claim of a record: words, bar
    "copy": ("copy bandwidth", "measured"),
    "matrix": ("rate of 16-bit matrix products", "measured"),
    "softmax_of_copy": ("softmax, worst size past L2, of the copy bandwidth", "≥ {of_copy:g} %"),
    "softmax_vs_torch": ("softmax, worst size past L2, against torch.softmax", "≥ {vs_torch:g}×"),
    "attention_vs_flash": (
        "attention forward, worst case from N = 4096, of SDPA's flash",
        "≥ {of_flash:g} %",
    ),
    "checks_worst": ("largest error against float64, of its bound", "≤ 1"),
    "minutes": ("time of the whole script", "< {minutes:g} min"),
    "skipped": ("left out", "nothing"),
}

ROWS = {  # kinds of rows past the L2 cache, by their entries
    "aligned": lambda n: n <= ONE_PASS and n % 8 == 0,
    "odd": lambda n: n <= ONE_PASS and n % 8 != 0,
    "long": lambda n: n > ONE_PASS,
}


class Settings(step.Settings):
    """What a GPU has measured."""

    of_copy: float = knob("Bar for softmax (% of the copy bandwidth).", gt=0)
    vs_torch: float = knob("Bar for softmax (times the speed of torch.softmax).", gt=0)
    of_flash: float = knob("Bar for attention (% of the speed of SDPA's flash backend).", gt=0)
    minutes: float = knob("Bar for the recording's time (min).", gt=0)


def main(
    settings: Settings,
    *,
    records: list[Path],
    table: step.Out,
    speeds: step.Out,
    tuning: step.Out,
    checked: step.Out,
) -> step.Claims:
    """`records`: this build's traffic (which is no record, so that there is always a file) and all
    recorded benchmarks."""
    found = [read_record(path) for path in records if "tables" in json.loads(path.read_text())]
    planted = [r["provenance"]["device"] for r in found if r["provenance"].get("planted")]
    if planted:
        raise SystemExit(f"a rehearsal is no measurement: {', '.join(planted)}")
    write_table(table, _bars(found, settings))
    write_table(speeds, [row for record in found for row in _speeds(record)], SPEEDS)
    write_table(tuning, _with_device(found, _tuned), TUNED)
    write_table(checked, _with_device(found, lambda record: record["tables"]["checks"]), CHECKED)
    newest = max(found, key=lambda record: record["provenance"]["time"], default=None)
    older = sum(_age(record) != "" for record in found)
    told = "; ".join(_device(record) for record in found)
    return {
        "records": claim(len(found), "", "exact"),
        "older": claim(older, "", "exact"),
        "devices": claim(told or "none: no GPU result has been recorded", "", "recorded"),
        **_told(newest),
    }


def _told(record: dict[str, Any] | None) -> dict[str, Claim]:
    """What the newest record found, for the prose: its own claims, and where softmax is slowest."""
    names = [*QUANTITIES, *(f"softmax_{kind}" for kind in ROWS)]
    if record is None:
        return {name: claim("not recorded", "", "recorded") for name in names}
    copy = record["claims"]["copy"]["value"]
    slowest = {
        f"softmax_{kind}": claim(100 * min(rates) / copy, "%", "recorded", n=len(rates))
        for kind, of in ROWS.items()
        if (rates := [r["ours"] for r in record["tables"]["softmax"]
                      if not r["in_l2"] and of(r["columns"])])
    }  # fmt: skip
    reached = {name: record["claims"][name] for name in QUANTITIES if name in record["claims"]}
    return {name: claim("not reached", "", "recorded") for name in names} | reached | slowest


def _bars(found: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    rows = []
    for name, (words, form) in QUANTITIES.items():
        bar = form.format(**vars(settings))
        if not found:
            rows.append({"quantity": words, "bar": bar, "value": "none recorded", "source": "open"})
        for record in found:
            entry = record["claims"].get(name)
            value = "not reached" if entry is None else _shown(entry)
            rows.append({"quantity": words, "bar": bar, "value": value, "source": _device(record)})
    return rows


def _shown(entry: dict[str, Any]) -> str:
    value = entry["value"]
    text = (
        f"{value:{',.0f' if value >= 1000 else '.3g'}}" if isinstance(value, float) else str(value)
    )
    return f"{text} {entry['unit']}".strip()


def _tuned(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Per kernel and key the tile that won, beside the slowest; every candidate is in the record."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in record["tables"]["tuning"]:
        groups.setdefault((row["kernel"], row["key"]), []).append(row)
    table = []
    for (kernel, key), rows in groups.items():
        won = next(row for row in rows if row["chosen"])
        slowest = max(row["ms"] for row in rows if not isinstance(row["ms"], str))
        words = key.replace("torch.", "").split(", ")
        words = [w for i, w in enumerate(words) if "float" not in w or w not in words[:i]]
        table.append({"kernel": kernel, "key": ", ".join(words), "tile": won["tile"],
                      "warps": won["warps"], "ms": f"{won['ms']:.3f}", "slowest": f"{slowest:.3f}",
                      "candidates": len(rows)})  # fmt: skip
    return table


def _with_device(
    found: list[dict[str, Any]], rows_of: Callable[[dict[str, Any]], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """All records' rows; the first of each names its device."""
    rows = []
    for record in found:
        for index, row in enumerate(rows_of(record)):
            rows.append({**row, "device": "" if index else _device(record)})
    return rows or [{"kernel": "none recorded"}]


def _device(record: dict[str, Any]) -> str:
    """Device, date, and whether the code has changed since."""
    origin = record["provenance"]
    return f"{origin['device']}, {origin['time'][:10]}{_age(record)}"


def _age(record: dict[str, Any]) -> str:
    return "" if record["provenance"]["code"] == code() else ", older code"


def _speeds(record: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a rival and size, for the figures."""
    rows = []
    for name, unit in (("softmax", "GB/s"), ("attention", "TFLOPS"), ("norm", "GB/s")):
        for row in record["tables"][name]:
            operation = name
            if name == "attention":
                operation = f"{row['part']}, d = {row['D']}{', causal' if row['causal'] else ''}"
            shared = {"device": record["provenance"]["device"], "age": _age(record), "unit": unit,
                      "operation": operation, "dtype": row["dtype"], "x": row.get("columns", row.get("N")),
                      "in_l2": row.get("in_l2", False)}  # fmt: skip
            rows += [{**shared, "rival": rival, "rate": row[rival], "low": row[f"{rival}_low"],
                      "high": row[f"{rival}_high"]} for rival in RIVALS if row.get(rival)]  # fmt: skip
    return rows


if __name__ == "__main__":
    step.run(main)
