"""Measure this machine: multiply-add ceiling, latency and bandwidth by size, cache capacities."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from groundwork.core.claims import Claim, claim
from groundwork.matmul.door import compiler, isa
from groundwork.matmul.io import reported_caches
from groundwork.matmul.machine import cache_sizes, fma_peak, load_latency, read_bandwidth
from groundwork.pipeline import step


@dataclass(frozen=True)
class Settings:
    """See config.yaml, matmul.machine."""

    sizes_kib: list[int]
    loads: int
    bytes_read: int
    peak_rounds: int
    repeats: int


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
    latency = [min(column) * 1e9 for column in zip(*latencies, strict=True)]
    bandwidth = [max(column) / 1e9 for column in zip(*reads, strict=True)]
    with open(curve, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["bytes", "latency_ns", "bandwidth_gb_s"])
        writer.writerows(zip(sizes, latency, bandwidth, strict=True))
    low, _, high = quantiles(peaks, n=4)
    claims = {
        "peak": claim(median(peaks), "GFLOPS", n=len(peaks), spread=(low, high)),
        "isa": claim(isa(), kind="exact"),
        "compiler": claim(compiler(), kind="exact"),
        "largest": claim(max(sizes) / 2**20, "MiB", kind="exact"),
        "cores": claim(os.cpu_count() or 1, kind="exact"),
    }
    return claims | capacities(sizes, latency) | levels(sizes, latency, bandwidth, settings.repeats)


def capacities(sizes: list[int], latency: list[float]) -> dict[str, Claim]:
    """Cache sizes read off the latency curve, beside what the system reports."""
    found = cache_sizes(sizes, latency)
    told = reported_caches()
    claims = {}
    for level in (1, 2, 3):
        measured = found[level - 1] / 1024 if level <= len(found) else "not seen"
        claims[f"level{level}_measured"] = claim(
            measured, "KiB" if level <= len(found) else "", n=len(sizes)
        )
        reported = told[level].size / 1024 if level in told else "not reported"
        claims[f"level{level}_reported"] = claim(reported, "KiB" if level in told else "", "exact")
    return claims


def levels(
    sizes: list[int], latency: list[float], bandwidth: list[float], repeats: int
) -> dict[str, Claim]:
    """Latency and bandwidth where the data lie well inside each level, and in main memory."""
    wanted = {"level1": 16 << 10, "level2": 512 << 10, "level3": 8 << 20, "memory": max(sizes)}
    claims = {}
    for name, size in wanted.items():
        at = min(range(len(sizes)), key=lambda i: abs(sizes[i] - size))
        claims[f"{name}_latency"] = claim(latency[at], "ns", n=repeats)
        claims[f"{name}_bandwidth"] = claim(bandwidth[at], "GB/s", n=repeats)
    return claims


if __name__ == "__main__":
    step.run(main)
