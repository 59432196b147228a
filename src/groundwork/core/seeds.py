"""Seeds: one number in the settings, independent streams by name."""

import hashlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A random generator that depends on `seed` and on `names`, and on nothing else.

    Two names give independent streams, so adding a draw in one place moves no other.
    """
    label = "/".join(str(name) for name in names)
    words = np.frombuffer(hashlib.sha256(label.encode()).digest(), dtype=np.uint32)
    return np.random.default_rng(np.random.SeedSequence([seed, *words.tolist()]))
