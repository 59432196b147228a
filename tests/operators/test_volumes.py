"""Volumes and slabs against closed forms, the incomplete beta function and drawn points."""

import numpy as np
import pytest
from scipy.special import betainc, gammaln

from groundwork.core.seeds import stream
from groundwork.operators import ball_volume, log_ball_volume, log_cube_ratio, slab_fraction
from groundwork.operators.volumes import sample_ball


def test_known_volumes() -> None:
    assert ball_volume(0) == 1
    assert ball_volume(1, 3.0) == 6
    assert ball_volume(2, 2.0) == pytest.approx(4 * np.pi, rel=1e-15)
    assert ball_volume(3) == pytest.approx(4 / 3 * np.pi, rel=1e-15)
    assert ball_volume(4) == pytest.approx(np.pi**2 / 2, rel=1e-15)
    assert ball_volume(5) == pytest.approx(8 / 15 * np.pi**2, rel=1e-15)


@pytest.mark.parametrize("d", [*range(1, 30), 100, 301])
def test_formula(d: int) -> None:
    expected = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1)
    assert np.log(ball_volume(d)) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert log_ball_volume(d) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert ball_volume(d, 0.5) == pytest.approx(np.exp(log_cube_ratio(d)), rel=1e-11)


def test_underflow_and_its_way_out() -> None:
    assert ball_volume(2000) == 0
    assert log_ball_volume(2000) < -2000


@pytest.mark.parametrize(("dim", "radius"), [(-1, 1), (2.5, 1), (3, -1), (3, float("nan"))])
def test_refusals(dim: float, radius: float) -> None:
    with pytest.raises(ValueError, match=r"dimension|radius"):
        ball_volume(dim, radius)  # type: ignore[arg-type]


@pytest.mark.parametrize("d", [1, 2, 3, 10, 100, 1000, 10**6])
def test_slab_is_the_incomplete_beta_function(d: int) -> None:
    for h in (0, 1e-4, 0.01, 0.1, 0.5, 0.99, 1):
        assert slab_fraction(d, h) == pytest.approx(betainc(0.5, (d + 1) / 2, h * h), abs=1e-12)


def test_drawn_points() -> None:
    x = sample_ball(20, 50_000, stream(0, "ball"))
    assert (np.linalg.norm(x, axis=1) <= 1).all()
    share = (np.abs(x[:, 3]) <= 0.2).mean()
    assert share == pytest.approx(slab_fraction(20, 0.2), abs=0.01)
