"""Energies, ranks and null bands."""

import numpy as np
import pytest

from groundwork.core.seeds import stream
from groundwork.operators import spectra, svd


def test_energy_is_the_squared_frobenius_norm_of_the_truncation() -> None:
    a = stream(0, "energy").standard_normal((9, 6))
    u, s, vt = svd(a)
    energy = spectra.cumulative_energy(s)
    for k in range(1, 7):
        kept = np.linalg.norm((u[:, :k] * s[:k]) @ vt[:k]) ** 2 / np.linalg.norm(a) ** 2
        assert energy[k - 1] == pytest.approx(kept, rel=1e-12)


def test_ranks_and_shares() -> None:
    s = np.array([3.0, 2, 1, 0, 0, 0, 0, 0, 0, 0])
    assert spectra.top_energy(s) == pytest.approx(9 / 14)
    assert spectra.rank_for_energy(s, 0.9) == 2
    assert spectra.rank_for_energy(s, 1.0) == 3
    assert spectra.stable_rank(s) == pytest.approx(14 / 9)
    assert [spectra.top_count(k, 0.1) for k in (1, 9, 10, 16, 64, 256)] == [1, 1, 1, 1, 6, 25]
    assert spectra.stable_rank(np.zeros(3)) == 0
    assert (spectra.cumulative_energy(np.zeros(3)) == 1).all()


@pytest.mark.parametrize("shape", [(300, 300), (64, 576), (200, 800)])
def test_null_agrees_with_the_limit_law(shape: tuple[int, int]) -> None:
    drawn = spectra.gaussian_spectra(shape, 4, stream(0, "law"))
    k = min(shape)
    share = spectra.top_count(k, 0.1) / k
    mean = np.mean([spectra.top_energy(s) for s in drawn])
    assert mean == pytest.approx(spectra.marchenko_pastur_top_energy(shape, share), abs=0.006)


def test_the_noise_shares_named_in_the_assignment() -> None:
    assert spectra.marchenko_pastur_top_energy((1, 1)) == pytest.approx(0.31, abs=0.005)
    assert spectra.marchenko_pastur_top_energy((64, 576), 6 / 64) == pytest.approx(0.15, abs=0.005)


def test_shuffling_keeps_entries_and_kills_structure() -> None:
    a = np.outer(np.arange(1.0, 31), np.ones(20))
    shuffled = spectra.shuffled_spectra(a, 3, stream(0, "shuffle"))
    assert np.allclose(np.square(shuffled).sum(axis=1), np.square(a).sum())
    assert spectra.top_energy(svd(a).s) == pytest.approx(1)
    assert max(spectra.top_energy(s) for s in shuffled) < 0.95
    assert spectra.band(shuffled).shape == (3, 20)
