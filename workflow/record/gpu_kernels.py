"""Measure the kernels of room 5.1 on one CUDA GPU, and record what was found, in under 8 minutes.

On a machine with a CUDA GPU, PyTorch 2.11 or newer with its Triton, and this checkout:

    python workflow/record/gpu_kernels.py

measures the card's copy bandwidth and matrix rate, checks every kernel against float64, times each
against PyTorch's own, and writes CSV tables, raw samples and benchmark.json (claims, provenance,
tables) to src/recorded/<device>/gpu_kernels. Where time runs out, what is left is listed as skipped.
`TRITON_INTERPRET=1 … --rehearse FOLDER` runs the whole script on the CPU at tiny sizes with a
planted clock: it tries the script, measures nothing, and says so in what it writes.
"""

import argparse
import json
import math
import re
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

import gpu_benchmarks as bench  # noqa: E402  (the path comes first)
import torch  # noqa: E402

from groundwork.core.claims import claim  # noqa: E402
from groundwork.core.files import write_table  # noqa: E402
from groundwork.core.provenance import provenance  # noqa: E402
from groundwork.gpu_kernels import io  # noqa: E402
from groundwork.gpu_kernels.backend import AVAILABLE, INTERPRETED  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recorded", type=Path, default=ROOT / "src" / "recorded")
    parser.add_argument("--minutes", type=float, default=7.5, help="stop beginning new work then")
    parser.add_argument("--rehearse", type=Path, help="folder for a rehearsal's output")
    options = parser.parse_args()
    if problem := _refusal(options):
        print(problem + ": nothing was run, and nothing is recorded")
        return 1
    began = time.monotonic()
    plan = bench.REHEARSAL if options.rehearse else bench.CARD
    tables, skipped = _measure(plan, began + 60 * options.minutes)
    name = "rehearsal" if options.rehearse else torch.cuda.get_device_name()
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    target = (options.rehearse or options.recorded) / slug / "gpu_kernels"
    minutes = (time.monotonic() - began) / 60
    record = {
        "claims": _claims(tables, minutes, skipped),
        "provenance": _origin(name, bool(options.rehearse), skipped),
        "tables": {k: [_short(row) for row in rows] for k, rows in tables.items()},
    }
    target.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        if rows:
            write_table(target / f"{table}.csv", [_short(row) for row in rows])
    io.write(target / "samples.json", json.dumps(_samples(tables)) + "\n")
    io.write(target / "benchmark.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
    print(f"recorded in {target} after {minutes:.1f} minutes; skipped: {skipped or 'nothing'}")
    return 0


def _refusal(options: argparse.Namespace) -> str:
    """Why nothing can be run here, or nothing."""
    if not AVAILABLE:
        return "Triton is not installed here"
    if options.rehearse:
        if not INTERPRETED:
            return "a rehearsal needs TRITON_INTERPRET=1"
        inside = (ROOT / "src" / "recorded") in (options.rehearse / "x").resolve().parents
        return "a rehearsal must not be written among the records" if inside else ""
    if INTERPRETED:
        return "TRITON_INTERPRET is set, and an interpreter has no speed"
    return "" if torch.cuda.is_available() else "there is no CUDA GPU here"


def _measure(
    plan: bench.Plan, deadline: float
) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Every section's rows; a section that fails or comes too late is named, not left out."""
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in bench.SECTIONS}
    skipped = []
    for name, section in bench.SECTIONS.items():
        print(f"{name} …", flush=True)
        try:
            for row in section(plan, tables):
                tables[name].append(row)
                if time.monotonic() > deadline:
                    skipped.append(f"{name}: out of time after {len(tables[name])} rows")
                    break
        except (RuntimeError, torch.OutOfMemoryError) as problem:
            skipped.append(f"{name}: {str(problem).splitlines()[0]}")
    tables["tuning"] = bench.tuning()
    return tables, skipped


def _claims(tables: dict[str, list[dict[str, Any]]], minutes: float, skipped: list[str]) -> Any:
    """The numbers that the report quotes; only of sizes past the L2 cache."""
    past = [r for r in tables["softmax"] if not r["in_l2"] and r["kernel"] == "softmax"]
    long = [r for r in tables["attention"] if r["N"] >= 4096 and r["part"] == "forward"]
    copy = max((r["rate"] for r in tables["card"] if r["what"] == "copy"), default=0.0)
    found = {
        "copy": (copy, "GB/s"),
        "matrix": (max((r["rate"] for r in tables["card"] if r["what"] != "copy"), default=0), "TFLOPS"),
        "softmax_of_copy": (_least(past, lambda r: 100 * r["ours"] / copy), "%"),
        "softmax_vs_torch": (_least(past, lambda r: r["ours"] / r["torch"]), "×"),
        "attention_vs_flash": (_least(long, lambda r: 100 * r["ours"] / r["flash"] if r["flash"] else 0), "%"),
        "checks_worst": (max((r["error"] / r["allowed"] for r in tables["checks"]), default=0), "of the bound"),
        "minutes": (minutes, "min"),
    }  # fmt: skip
    claims = {k: claim(v, u, "recorded") for k, (v, u) in found.items() if math.isfinite(v) and v}
    claims["skipped"] = claim("; ".join(skipped) or "nothing", kind="recorded")
    claims["checks"] = claim(len(tables["checks"]), "", "recorded")
    return claims


def _least(rows: list[dict[str, Any]], value: Any) -> float:
    return min((value(row) for row in rows), default=math.nan)


def _origin(name: str, planted: bool, skipped: list[str]) -> dict[str, Any]:
    """Provenance; the device is the GPU. No NumPy, no pins: the installed versions count."""
    record = provenance("gpu_kernels_record", packages=("torch", "triton"), seeds=[0])
    facts = {} if planted else bench.card()
    return {**record, "device": name, "host": record["device"], "card": facts, "code": io.code(),
            "planted": planted, "skipped": skipped}  # fmt: skip


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != "samples"}


def _samples(tables: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Raw seconds of every rival, beside the row that they belong to."""
    rows = [(name, row) for name, rows in tables.items() for row in rows if "samples" in row]
    return [{"table": name, **row} for name, row in rows]


if __name__ == "__main__":
    sys.exit(main())
