"""Measure this machine: multiply-add ceiling, latency and bandwidth by size, cache capacities."""

import os
from pathlib import Path

import numpy as np

from groundwork.core.claims import Claim, claim, measured
from groundwork.core.files import write_table
from groundwork.core.timing import summary
from groundwork.matmul.door import compiler, isa
from groundwork.matmul.io import reported_caches
from groundwork.matmul.machine import cache_sizes, fma_peak, load_latency, read_bandwidth
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """What this machine can do at most."""

    sizes_kib: list[bounded(int, ge=4)] = knob(
        "Working sets of the latency and bandwidth curves (KiB), rising.", min_length=3
    )
    loads: int = knob("Dependent loads in a latency sample.", ge=100)
    bytes_read: int = knob("Bytes read in a bandwidth sample.", ge=4096)
    peak_rounds: int = knob(
        "Rounds of independent multiply-adds in a sample of the ceiling.", ge=1000
    )
    repeats: int = knob("Rounds over all sizes, of which the best counts.", ge=1)


def main(
    settings: Settings,
    *,
    native: Path,
    curve: step.Out,
) -> step.Claims:
    """Write size, latency and bandwidth; claim the peak and the capacities."""
    del native  # the library's path is for the step's own set-up
    peaks = [fma_peak(settings.peak_rounds) / 1e9 for _ in range(settings.repeats * 3)]
    sizes = [kib * 1024 for kib in settings.sizes_kib]
    # Rounds over all sizes, best of each: a neighbour's burst must not look like a cache's edge.
    latencies = [[load_latency(s, settings.loads) for s in sizes] for _ in range(settings.repeats)]
    reads = [
        [read_bandwidth(s, max(settings.bytes_read, s)) for s in sizes]
        for _ in range(settings.repeats)
    ]
    latency, bandwidth = 1e9 * np.min(latencies, axis=0), np.max(reads, axis=0) / 1e9
    rows = zip(sizes, latency.tolist(), bandwidth.tolist(), strict=True)
    write_table(curve, rows, ["bytes", "latency_ns", "bandwidth_gb_s"])
    claims = {
        "peak": measured(summary(peaks), "GFLOPS"),
        "isa": claim(isa(), kind="exact"),
        "compiler": claim(compiler(), kind="exact"),
        "largest": claim(max(sizes) / 2**20, "MiB", kind="exact"),
        "cores": claim(os.cpu_count() or 1, kind="exact"),
    }
    return claims | capacities(sizes, latencies) | levels(sizes, latencies, reads)


def capacities(sizes: list[int], latencies: list[list[float]]) -> dict[str, Claim]:
    """Cache sizes read off the latency curve, beside what the system reports; spread: by round."""
    found = [cache_sizes(sizes, np.min(latencies, axis=0))]
    found += [cache_sizes(sizes, curve) for curve in latencies]
    told = reported_caches()
    claims = {}
    for level in (1, 2, 3):
        seen = [edges[level - 1] / 1024 for edges in found if level <= len(edges)]
        value, unit = (seen[0], "KiB") if level <= len(found[0]) else ("not seen", "")
        limits = (min(seen), max(seen)) if seen else None
        claims[f"level{level}_measured"] = claim(value, unit, n=len(latencies), spread=limits)
        reported = told[level].size / 1024 if level in told else "not reported"
        claims[f"level{level}_reported"] = claim(reported, "KiB" if level in told else "", "exact")
    return claims


def levels(
    sizes: list[int], latencies: list[list[float]], reads: list[list[float]]
) -> dict[str, Claim]:
    """Best latency and bandwidth well inside each level, and in main memory; spread: all rounds."""
    wanted = {"level1": 16 << 10, "level2": 512 << 10, "level3": 8 << 20, "memory": max(sizes)}
    claims = {}
    for name, size in wanted.items():
        at = min(range(len(sizes)), key=lambda i: abs(sizes[i] - size))
        waits, rates = [1e9 * x[at] for x in latencies], [x[at] / 1e9 for x in reads]
        limits = {"n": len(waits), "spread": (min(waits), max(waits))}
        claims[f"{name}_latency"] = claim(min(waits), "ns", **limits)
        limits = {"n": len(rates), "spread": (min(rates), max(rates))}
        claims[f"{name}_bandwidth"] = claim(max(rates), "GB/s", **limits)
    return claims


if __name__ == "__main__":
    step.run(main)
