"""Files of this room: MNIST's IDX format."""

import gzip
import zlib
from pathlib import Path

import numpy as np


def read_idx(path: Path | str) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, gzipped or not.

    The header holds, big-endian, two zero bytes, a type code (8 for unsigned bytes), the number
    of axes, and each axis's length in 4 bytes.
    Raises `ValueError` for another type, or for a file longer or shorter than its header says.
    Source: LeCun, Cortes and Burges, "The MNIST database", section on file formats.
    """
    raw = Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
            raise ValueError(f"{path} is no whole gzip file ({problem})") from None
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is no IDX file of unsigned bytes")
    start = 4 + 4 * raw[3]
    if len(raw) < start:
        raise ValueError(f"{path} is cut short in its header")
    shape = tuple(int(n) for n in np.frombuffer(raw[4:start], dtype=">u4"))
    if len(raw) - start != int(np.prod(shape)):
        raise ValueError(f"{path}: {len(raw) - start} bytes of data, but the header says {shape}")
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)
