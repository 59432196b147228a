"""What a singular spectrum says of a matrix, and what it would say if the matrix were noise.

Energy is σ², since ‖A‖² = Σσᵢ² in the Frobenius norm. A share of energy means nothing alone: the
largest values of a noise matrix carry more than their share too, and how much depends on the
shape. So every layer is set against a null band drawn for its own shape.
"""

from math import floor

import numpy as np
from numpy.typing import NDArray

from groundwork.core.arrays import power_of_two
from groundwork.operators.svd import svd

Values = NDArray[np.float64]


def cumulative_energy(s: Values) -> Values:
    """Share of Σσ² in the first 1, 2, …, k values; all 1 for a zero spectrum. Shapes: (k,) → (k,).

    Checked by: tests/operators/test_spectra.py.
    """
    energy = np.cumsum(np.square(s / power_of_two(s)))
    return energy / energy[-1] if energy.any() else np.ones_like(energy)


def top_count(k: int, share: float) -> int:
    """How many of k ≥ 1 values are "the top `share`": rounded down, but at least one."""
    if k < 1:
        raise ValueError("an empty spectrum has no top")
    return max(1, floor(share * k + 1e-9))


def top_energy(s: Values, share: float = 0.1) -> float:
    """Share of the energy in the largest ⌊share·k⌋ (at least 1) of k singular values."""
    return float(cumulative_energy(s)[top_count(len(s), share) - 1])


def rank_for_energy(s: Values, energy: float) -> int:
    """The least number of singular values that carry the share `energy` (0 to 1) of Σσ²."""
    if len(s) == 0:
        return 0
    reached = cumulative_energy(s) >= energy - 1e-12
    return int(np.argmax(reached)) + 1


def stable_rank(s: Values) -> float:
    """‖A‖²_F / ‖A‖²₂: between 1 and the rank, and steady under small changes. 0 for A = 0."""
    unit = s / power_of_two(s)
    return float(np.square(unit).sum() / unit[0] ** 2) if unit.any() else 0.0


def gaussian_spectra(shape: tuple[int, int], draws: int, rng: np.random.Generator) -> Values:
    """Singular values of `draws` matrices with independent standard normal entries.

    The scale is no matter for shares of energy. A layer under He's initialisation is such a
    matrix, so this is also the layer on its first day. Shapes: → (draws, min(shape)).
    """
    return np.stack([svd(rng.standard_normal(shape)).s for _ in range(draws)])


def shuffled_spectra(a: Values, draws: int, rng: np.random.Generator) -> Values:
    """Singular values of `a` with its entries permuted: same histogram, no structure.

    Shapes: a (m, n) → (draws, min(m, n)).
    """
    entries = a.ravel()
    return np.stack([svd(rng.permutation(entries).reshape(a.shape)).s for _ in range(draws)])


def band(values: Values, level: float = 0.95) -> Values:
    """(low, median, high) of `values` along axis 0, with `level` of the draws between."""
    tail = (1 - level) / 2
    return np.quantile(values, [tail, 0.5, 1 - tail], axis=0)


def marchenko_pastur_top_energy(shape: tuple[int, int], share: float = 0.1) -> float:
    """Energy in the top `share` of singular values of a large noise matrix of this aspect ratio.

    The limit law of the eigenvalues x of GᵀG/n has density ∝ √((b − x)(x − a))/x on [a, b] =
    [(1 ∓ √y)²], y the aspect ratio ≤ 1. With x = (1 + y) + 2√y·cos φ energy and count are
    integrals over an angle, summed by the midpoint rule.

    Source: Marchenko and Pastur 1967.
    Checked by: tests/operators/test_spectra.py, against draws of large matrices.
    """
    y = min(shape) / max(shape)
    nodes = 200_000
    phi = (np.arange(nodes) + 0.5) * np.pi / nodes  # from the largest x down
    energy = np.sin(phi) ** 2  # ∝ x · density · dx
    count = energy / (1 + y + 2 * np.sqrt(y) * np.cos(phi))
    reached = np.searchsorted(np.cumsum(count) / count.sum(), share)
    return float(np.cumsum(energy)[reached] / energy.sum())
