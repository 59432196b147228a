"""The arithmetic of memory traffic, and the roofline that turns it into a bound on speed.

Counts are of bytes that must move between the GPU's memory and its processors when no cache helps.
"""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Work:
    """Bytes read, bytes written and floating-point operations of one operation."""

    read: float
    written: float
    flops: float

    @property
    def bytes(self) -> float:
        """Bytes moved in either direction."""
        return self.read + self.written

    @property
    def intensity(self) -> float:
        """Floating-point operations per byte moved."""
        return self.flops / self.bytes


def softmax(rows: int, columns: int, width: int, how: str) -> Work:
    """Softmax of `rows` rows, entries of `width` bytes.

    `how`: "unfused", five operations that each read and write memory (maximum, difference,
    exponential, sum, quotient: reads 5 n, writes 3 n, and two numbers a row out and in again);
    "one pass" (reads n, writes n); "online" (reads 2 n, writes n).
    """
    entries = rows * columns * width
    reads, writes, extra = {"unfused": (5, 3, 2), "one pass": (1, 1, 0), "online": (2, 1, 0)}[how]
    row = extra * rows * width
    return Work(reads * entries + row, writes * entries + row, 5 * rows * columns)


def attention(
    queries: int, keys: int, size: int, width: int, how: str, *, block: int = 128, heads: int = 1
) -> Work:
    """Attention of `heads` heads without a mask, head size `size`.

    `how`: "unfused", a product, a fused softmax and a product, with N·M scores written, read,
    written and read; "tiled", as the kernel asks for it: each block of queries reads all keys and
    values; "compulsory", each operand once. The log-sum-exp is 4 bytes a query.
    """
    row, column = queries * size * width, keys * size * width
    scores = queries * keys * width
    flops = 4 * queries * keys * size
    work = {
        "unfused": Work(row + 2 * column + 2 * scores, row + 2 * scores, flops),
        "tiled": Work(row + 2 * column * ceil(queries / block), row + 4 * queries, flops),
        "compulsory": Work(row + 2 * column, row + 4 * queries, flops),
    }[how]
    return Work(heads * work.read, heads * work.written, heads * work.flops)


def norm(rows: int, columns: int, width: int, how: str) -> Work:
    """x + residual and its norm: "unfused" reads 3 n and writes 2 n, "fused" reads and writes 2 n.

    Weights and the statistics of the rows are left out: they are of order n + rows, not n · rows.
    """
    entries = rows * columns * width
    reads, writes = {"unfused": (3, 2), "fused": (2, 2)}[how]
    return Work(reads * entries, writes * entries, 9 * rows * columns)


def attainable(intensity: float, bandwidth: float, peak: float) -> float:
    """The roofline: min(peak, intensity · bandwidth), operations per second.

    Source: Williams, Waterman and Patterson 2009. `bandwidth` in bytes, `peak` in operations, both
    per second.
    """
    return min(peak, intensity * bandwidth)
