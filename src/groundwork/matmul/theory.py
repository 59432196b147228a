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


def panel_depth(level1: int, columns: int, *, itemsize: int = 4) -> int:
    """Depth of packed panels by the library's own rule, from the bytes of the first level.

    The deeper of 2 and 1 KiB a column for which a panel of B leaves a third of the cache free;
    2 KiB where neither does (`native/matmul/blocks.cpp`).
    """
    fits = (
        d for d in (2048 // itemsize, 1024 // itemsize) if d * columns * itemsize <= level1 // 3 * 2
    )
    return next(fits, 2048 // itemsize)


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
) -> float:
    """First-level misses per operation of an n³ product, by counting lines (1/operation).

    An n³ product is 2n³ operations. L = 64 / itemsize elements share a line; R × S is the register
    tile. Where all of B fits beside a row of A and of C, only the first touch of each line misses
    (but for `packed`, which copies): 3n²/L in all. Otherwise, with "stays" decided by `columns_kept`:

    naive       a column of B, per element of C: n lines if it does not stay, else n/L
    loop_order  all of B, per row of C: n²/L
    tiled, simd a tile of B per row of a tile of C if the tile does not stay, else once per tile
                of A; the tiles of A and C once each
    registers   per 4 × S piece of C: S columns of B if they do not stay, else once per column
                block; 4 rows of A
    packed      as `registers` with R × S, from packed panels; and the copies: twice each matrix

    Checked by: tests/matmul/test_theory.py, and in the report against the simulated misses.
    """
    lines = LINE // itemsize
    cold = 3 * n * n / lines
    rows, columns = register_tile
    if step != "packed" and (n * n + 2 * n) * itemsize <= level1.size:
        misses = cold
    elif step.startswith("naive"):
        stays = columns_kept(n, level1, itemsize) >= n
        misses = (n**3 / lines if stays else n**3) + n**2 / lines
    elif step.startswith("loop_order"):
        misses = n**3 / lines + 2 * n**2 / lines
    elif step.startswith(("tiled", "simd")):
        kept = columns_kept(n, level1, itemsize, width=tile)
        traffic = n**3 / lines / tile
        misses = (traffic if kept >= min(tile, n) else n**3 / lines) + 2 * traffic
    elif step == "registers":
        kept = columns_kept(n, level1, itemsize, width=columns)
        b = n**2 / lines if kept >= min(256, n) else n**3 / lines / 4
        misses = b + n**3 / lines / columns + n**2 / lines * -(-n // 256)
    elif step == "packed":
        panel = columns * min(depth, n) * itemsize
        b = n**2 / lines if panel <= level1.size // 3 * 2 else n**3 / lines / rows
        misses = b + n**3 / lines / columns + n**2 / lines * -(-n // depth) + 4 * n**2 / lines
    else:
        raise ValueError(f"there is no model for step {step!r}")
    return misses / (2 * n**3)


def columns_kept(n: int, cache: Cache, itemsize: int, width: int = 1) -> int:
    """How many rows' pieces, `width` elements wide and one leading dimension apart, the cache keeps.

    The pieces start n · itemsize bytes apart. They fall into as many different sets as that
    distance allows; each set keeps `ways` lines, of which one is left to what streams by.
    """
    sets = cache.size // (LINE * cache.ways)
    used: dict[int, int] = {}
    for row in range(cache.size // LINE + 1):
        begin = row * n * itemsize
        for line in range(begin // LINE, (begin + width * itemsize - 1) // LINE + 1):
            if used.get(line % sets, 0) == cache.ways - 1:
                return row
            used[line % sets] = used.get(line % sets, 0) + 1
    return cache.size // LINE
