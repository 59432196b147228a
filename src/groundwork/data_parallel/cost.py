"""What an all-reduce costs: closed forms in latency and bandwidth, and their fit to measured times.

Letters: N ranks, M bytes of the tensor, α seconds from the end of a message's transfer to its
arrival, B bytes a second of a link, β = 1/B. A message of m bytes takes α + βm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2

import numpy as np


def all_reduce_time(bytes: float, bandwidth: float, latency: float, ranks: int) -> float:
    """Seconds of a ring all-reduce: 2(N − 1)(α + M/(N·B)).

    Raises: `ValueError` for less than one rank, negative sizes or latency, or no bandwidth.
    Source: Patarasuk and Yuan (2009); Thakur et al. (2005), section 4.
    Checked by: tests/data_parallel/test_cost.py (the message simulator, to 1e-9).
    """
    _check(bytes, bandwidth, latency, ranks)
    return 2 * (ranks - 1) * (latency + bytes / (ranks * bandwidth))


def halving_doubling_time(bytes: float, bandwidth: float, latency: float, ranks: int) -> float:
    """Seconds of recursive halving and doubling: 2 log₂N α + 2(N − 1)/N · M/B; N a power of two.

    Raises: as `all_reduce_time`, and for N that is no power of two.
    Source: Rabenseifner, "Optimization of Collective Reduction Operations" (2004).
    """
    _check(bytes, bandwidth, latency, ranks)
    if ranks & (ranks - 1):
        raise ValueError(f"recursive halving takes a power of two of ranks, not {ranks}")
    return 2 * log2(ranks) * latency + 2 * (ranks - 1) / ranks * bytes / bandwidth


def doubling_time(bytes: float, bandwidth: float, latency: float, ranks: int) -> float:
    """Seconds of recursive doubling: log₂N (α + M/B); up to two messages more where N is no power of two."""
    _check(bytes, bandwidth, latency, ranks)
    rounds = ranks.bit_length() - 1
    return (rounds + 2 * (ranks > 1 << rounds)) * (latency + bytes / bandwidth)


def tree_time(bytes: float, bandwidth: float, latency: float, ranks: int) -> float:
    """Seconds of a binomial tree, up and down: 2 log₂N (α + M/B); at most that, rounded up, else."""
    _check(bytes, bandwidth, latency, ranks)
    return 2 * ceil(log2(ranks)) * (latency + bytes / bandwidth) if ranks > 1 else 0.0


def lower_bound(bytes: float, bandwidth: float, latency: float, ranks: int) -> float:
    """Seconds that no all-reduce can do without: max(⌈log₂N⌉ α, 2(N − 1)/N · M/B).

    Source: Patarasuk and Yuan (2009), lemma 1, for the bytes; each round at most doubles the
    number of ranks that a number can have reached, for the latency.
    """
    _check(bytes, bandwidth, latency, ranks)
    if ranks == 1:
        return 0.0
    return max(ceil(log2(ranks)) * latency, 2 * (ranks - 1) / ranks * bytes / bandwidth)


@dataclass(frozen=True)
class Link:
    """One direction of a connection: bytes a second, and seconds until what was sent arrives."""

    bandwidth: float
    latency: float


def hierarchical_time(bytes: float, fast: Link, slow: Link, nodes: int, per_node: int) -> float:
    """Seconds of reduce-scatter in each node, rings between nodes, all-gather in each node.

    The g rings between n nodes share each node's one slow link, which serves one message after
    another. With m = M/(g·n·B) of slow link time a message, a link's next turn comes after
    max(g·m, m + α): it is busy, or it waits for the first message to come back.
    Checked by: tests/data_parallel/test_simulate.py (to 1e-9).
    """
    g, n = per_node, nodes
    total = 2 * (g - 1) * (fast.latency + bytes / (g * fast.bandwidth))
    if n > 1:
        one = bytes / (g * n * slow.bandwidth)
        turn = max(g * one, one + slow.latency)
        total += (2 * (n - 1) - 1) * turn + g * one + slow.latency
    return total


@dataclass(frozen=True)
class Fit:
    """α and β of measured times, with 95 % intervals over bootstrap samples."""

    latency: float
    second_per_byte: float
    latency_interval: tuple[float, float]
    byte_interval: tuple[float, float]


def oversubscription(ranks: int, cores: int) -> float:
    """How many times longer a step takes where N ranks share fewer cores."""
    return max(1.0, ranks / cores)


def predict(
    fit: Fit, ranks: Sequence[int] | np.ndarray, bytes: Sequence[float] | np.ndarray, cores: int
) -> np.ndarray:
    """Seconds of ring all-reduces by the fitted model."""
    return _features(ranks, bytes, cores) @ np.array([fit.latency, fit.second_per_byte])


def fit_times(
    ranks: Sequence[int],
    bytes: Sequence[float],
    seconds: Sequence[float],
    cores: int,
    *,
    draws: int = 1000,
    rng: np.random.Generator,
) -> Fit:
    """α and β ≥ 0 of T = s·2(N − 1)(α + βM/N) by least squares of *relative* errors.

    s is `oversubscription`. Relative, because times span four decades and each should count.
    Checked by: tests/data_parallel/test_cost.py (planted α and β come back).
    """
    features, times = _features(ranks, bytes, cores), np.asarray(seconds, dtype=float)
    if len(times) < 2:
        raise ValueError("a fit of two numbers takes at least two measurements")
    scaled = features / times[:, None]
    best = _nonnegative(scaled)
    samples = [
        _nonnegative(scaled[rng.integers(len(times), size=len(times))]) for _ in range(draws)
    ]
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    return Fit(*best, (low[0], high[0]), (low[1], high[1]))  # type: ignore[arg-type]


def _features(
    ranks: Sequence[int] | np.ndarray, bytes: Sequence[float] | np.ndarray, cores: int
) -> np.ndarray:
    n, m = np.asarray(ranks, dtype=float), np.asarray(bytes, dtype=float)
    steps = 2 * (n - 1) * np.maximum(1.0, n / cores)
    return np.column_stack([steps, steps * m / n])


def _nonnegative(scaled: np.ndarray) -> tuple[float, float]:
    """Least squares of `scaled @ x = 1` with x ≥ 0, for two unknowns."""
    size = np.linalg.norm(scaled, axis=0)  # the columns differ by many decades
    size = np.where(size > 0, size, 1.0)
    unit, ones = scaled / size, np.ones(len(scaled))
    x = np.linalg.lstsq(unit, ones, rcond=None)[0]
    if x.min() < 0:
        alone = np.maximum(0.0, unit.T @ ones)
        x = np.where(alone == alone.max(), alone, 0.0)
    x = x / size
    return float(x[0]), float(x[1])


def _check(bytes: float, bandwidth: float, latency: float, ranks: int) -> None:
    if ranks < 1 or bytes < 0 or bandwidth <= 0 or latency < 0:
        raise ValueError(
            "an all-reduce has at least 1 rank, 0 bytes, a positive bandwidth and no negative "
            f"latency; given were {ranks} ranks, {bytes} bytes, {bandwidth} B/s, {latency} s"
        )
