"""The working-set argument: block sizes, intensities, misses by counting against a simulation."""

from collections import OrderedDict

import pytest

from groundwork.matmul import best_tile, intensity, misses_per_flop, packed_blocks
from groundwork.matmul.theory import LINE, Cache, columns_kept, panel_depth

L1 = Cache(32 << 10, 8)


def test_the_tile_for_32_kib_is_48():
    """Checks Theorem thm-tile: three tiles fit, and the next multiple of a line does not."""
    for size in (16 << 10, 32 << 10, 48 << 10, 64 << 10):
        t = best_tile(size)
        assert 3 * t * t * 4 <= size < 3 * (t + 16) ** 2 * 4
    assert best_tile(32 << 10) == 48


def test_packed_blocks_fit_the_caches_they_are_for():
    caches = (32 << 10, 1 << 20, 32 << 20)
    for rows, columns in ((14, 32), (6, 16), (8, 12)):
        blocks = packed_blocks(caches, (rows, columns))
        assert (rows + columns) * blocks["kc"] * 4 <= caches[0]
        assert blocks["mc"] * blocks["kc"] * 4 <= caches[1] // 2
        assert blocks["kc"] * blocks["nc"] * 4 <= caches[2] // 2
        assert blocks["mc"] % rows == blocks["nc"] % columns == 0


def test_panels_are_as_deep_as_the_first_level_allows():
    """AVX-512 (32 columns) at 32 and 48 KiB, AVX2 (16) at both, doubles."""
    depths = [panel_depth(size << 10, columns) for columns in (32, 16) for size in (32, 48)]
    assert depths == [512, 256, 256, 512]
    assert panel_depth(48 << 10, 16, itemsize=8) == 256


def test_intensity_is_operations_per_byte():
    assert intensity(1 / 64) == 1.0


class Lru:
    """A set-associative cache that forgets the least recently used line: the oracle."""

    def __init__(self, cache: Cache) -> None:
        self.sets = cache.size // (LINE * cache.ways)
        self.ways, self.misses = cache.ways, 0
        self.held: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(self.sets)]

    def touch(self, address: int) -> None:
        line = address // LINE
        held = self.held[line % self.sets]
        if line in held:
            held.move_to_end(line)
            return
        self.misses += 1
        held[line] = None
        if len(held) > self.ways:
            held.popitem(last=False)


def simulated(step: str, n: int, cache: Cache, tile: int) -> float:
    """Misses per operation of naive, loop_order or tiled by touching every address in order."""
    memory, size = Lru(cache), n * n * 4
    a, b, c = (lambda i, j, base=base: base + (i * n + j) * 4 for base in (0, size, 2 * size))
    t = {"naive": n, "loop_order": n, "tiled": tile}[step]
    for i0 in range(0, n, t):
        for k0 in range(0, n, t):
            for j0 in range(0, n, t):
                for i in range(i0, min(i0 + t, n)):
                    if step == "naive":
                        for j in range(n):
                            for k in range(n):
                                memory.touch(a(i, k))
                                memory.touch(b(k, j))
                            memory.touch(c(i, j))
                        continue
                    for k in range(k0, min(k0 + t, n)):
                        memory.touch(a(i, k))
                        for j in range(j0, min(j0 + t, n)):
                            memory.touch(b(k, j))
                            memory.touch(c(i, j))
    return memory.misses / (2 * n**3)


@pytest.mark.parametrize("step", ["naive", "loop_order", "tiled"])
@pytest.mark.parametrize("n", [24, 64, 72])
def test_counted_misses_agree_with_a_simulated_cache(step, n):
    """On a 4 KiB cache, where a product of 64 is already large; 64 conflicts and 72 does not."""
    cache = Cache(4 << 10, 4)
    tile = best_tile(cache.size)
    model = misses_per_flop(step, n, level1=cache, tile=tile)
    found = simulated(step, n, cache, tile)
    assert model / 2 <= found <= model * 2, (model, found)


def test_a_power_of_two_keeps_fewer_rows():
    assert columns_kept(512, L1, 4, width=48) < 48 <= columns_kept(500, L1, 4, width=48)


def test_each_idea_misses_less():
    """Checks Theorem thm-misses: order, tiles, registers each divide the misses."""
    rates = [misses_per_flop(step, 500, level1=L1) for step in ("naive", "loop_order", "tiled")]
    assert rates[0] > 10 * rates[1] > 100 * rates[2]
    with pytest.raises(ValueError, match="no model"):
        misses_per_flop("strassen", 500, level1=L1)
