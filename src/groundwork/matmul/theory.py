"""The working-set argument in numbers: block sizes, arithmetic intensity, misses per operation."""

from dataclasses import dataclass
from math import isqrt

LINE = 64  # bytes in a cache line


@dataclass(frozen=True)
class Cache:
    """One level: capacity in bytes, number of ways."""

    size: int
    ways: int = 8


def best_tile(level1: int, *, itemsize: int = 4, multiple: int = 16) -> int:
    """Edge t of the largest square tile of which three fit the first-level cache.

    3 · t² · itemsize ≤ level1, so t ≤ √(level1 / (3 · itemsize)); rounded down to a `multiple` of
    a cache line's elements. For 32 KiB and float32: √2730.7 = 52.3, hence 48.
    """
    return max(multiple, isqrt(level1 // (3 * itemsize)) // multiple * multiple)


def packed_blocks(
    caches: tuple[int, int, int], tile: tuple[int, int], *, itemsize: int = 4
) -> dict[str, int]:
    """Block sizes mc, kc, nc of the packed product by the analytical model, from L1, L2, L3 bytes.

    `tile` is the register tile (rows R, columns S). One panel of A (R × kc) and one of B (kc × S)
    share the first level: kc = L1 / ((R + S) · itemsize). A block of A (mc × kc) takes half of the
    second level, the packed panel of B (kc × nc) half of the third.

    Source: Low, Igual, Smith and Quintana-Ortí, "Analytical modeling is enough for
    high-performance BLIS" (2016), section 4.
    Differs: they count ways of an associative cache; we count bytes.
    """
    level1, level2, level3 = caches
    rows, columns = tile
    kc = max(16, level1 // ((rows + columns) * itemsize) // 16 * 16)
    mc = max(rows, level2 // 2 // (kc * itemsize) // rows * rows)
    nc = max(columns, level3 // 2 // (kc * itemsize) // columns * columns)
    return {"mc": mc, "kc": kc, "nc": nc}


def intensity(misses_per_operation: float) -> float:
    """Operations per byte brought into the first-level cache (operations/byte)."""
    return 1.0 / (LINE * misses_per_operation)


def misses_per_flop(
    step: str,
    n: int,
    *,
    level1: Cache,
    tile: int = 48,
    itemsize: int = 4,
    register_tile: tuple[int, int] = (6, 16),
    depth: int = 512,
    vector_rows: int = 4,
) -> float:
    """First-level misses per operation of an n³ product, by counting lines (1/operation).

    Twice n³ operations; L = line / itemsize elements in a line. A column of n elements in n
    different lines stays in the cache while n lines fit, `lines_kept` of them when n · itemsize is
    a multiple of a large power of two (the lines of a column then share few sets).

    naive       B: 1 miss an inner step if a column does not stay, else 1/L; A: n²/L in all
    loop_order  B: n³/L if B does not fit the cache, else n²/L; A and C: n²/L each
    tiled, simd B: n³/(L t) if a tile stays, else n³/L; A and C: n³/(L t) each
    registers   A and B once per register tile: n³/L · (1/S + 1/(R or B's reuse))
    packed      A: n³/(L S), from the second level; B: n³/(L R) if a panel does not stay

    Checked by: results of the `misses` step, printed beside this model in the report.
    """
    lines = float(LINE // itemsize)
    cold = 3.0 / lines / n / 2  # each matrix once, n² / L lines, over 2 n³ operations
    fits = 3 * n * n * itemsize <= level1.size
    if fits:
        return cold
    if step.startswith("naive"):
        stays = columns_kept(n, level1, itemsize) >= n
        return ((1 / lines if stays else 1.0) + (0.0 if stays else 1 / lines)) / 2
    if step.startswith("loop_order"):
        return (1 / lines + 2 / lines / n) / 2
    if step.startswith(("tiled", "simd")):
        stays = columns_kept(n, level1, itemsize, width=tile) >= tile
        return ((1 / (lines * tile) if stays else 1 / lines) + 2 / (lines * tile)) / 2
    rows, columns = register_tile
    if step == "registers":
        stays = columns_kept(n, level1, itemsize, width=columns) >= min(depth, n)
        reuse = float(n) if stays else float(vector_rows)
        return (1 / (lines * columns) + 1 / (lines * reuse)) / 2
    if step == "packed":
        panel_stays = columns * min(depth, n) * itemsize <= level1.size // 2
        reuse = float(n) if panel_stays else float(rows)
        return (1 / (lines * columns) + 1 / (lines * reuse)) / 2 + 2 * cold
    raise ValueError(f"there is no model for step {step!r}")


def columns_kept(n: int, cache: Cache, itemsize: int, width: int = 1) -> int:
    """How many rows' pieces, `width` elements wide and one leading dimension apart, the cache keeps.

    The pieces start n · itemsize bytes apart. They fall into as many different sets as that
    distance allows; each set keeps `ways` lines.
    """
    sets = cache.size // (LINE * cache.ways)
    stride, lines = n * itemsize, -(-width * itemsize // LINE)
    used: dict[int, int] = {}
    for row in range(cache.size // LINE + 1):
        first = row * stride // LINE
        for line in range(first, first + lines):
            if used.get(line % sets, 0) == cache.ways:
                return row
            used[line % sets] = used.get(line % sets, 0) + 1
    return cache.size // LINE
