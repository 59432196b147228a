"""Closed forms against the simulator, bounds, and a fit that returns what was planted."""

import numpy as np
import pytest

from groundwork.data_parallel import all_reduce_time, cost
from groundwork.data_parallel.simulate import (
    Network,
    doubling_program,
    halving_doubling_program,
    own_links,
    ring_program,
    tree_program,
)

LINK = cost.Link(3e9, 2e-5)
FORMS = {
    "ring": (ring_program, all_reduce_time),
    "doubling": (doubling_program, cost.doubling_time),
    "halving": (halving_doubling_program, cost.halving_doubling_time),
    "tree": (tree_program, cost.tree_time),
}


def simulated(name, ranks, size):
    programs = [FORMS[name][0](rank, ranks, size) for rank in range(ranks)]
    return Network(own_links(LINK)).run(programs).max()


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("ranks", [1, 2, 4, 16, 64])
@pytest.mark.parametrize("size", [0, 100, 1e6, 1e9])
def test_a_closed_form_is_what_the_simulator_finds(name, ranks, size):
    """thm-ring: and the other closed forms."""
    expected = FORMS[name][1](size, LINK.bandwidth, LINK.latency, ranks)
    assert simulated(name, ranks, size) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("ranks", [3, 5, 6, 7, 11])
def test_other_rank_counts(ranks):
    ring = all_reduce_time(1e6, LINK.bandwidth, LINK.latency, ranks)
    assert simulated("ring", ranks, 1e6) == pytest.approx(ring, rel=1e-9)
    for name in ("doubling", "tree"):
        most = FORMS[name][1](1e6, LINK.bandwidth, LINK.latency, ranks)
        assert simulated(name, ranks, 1e6) <= most * (1 + 1e-12)


@pytest.mark.parametrize("size", [0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("ranks", [2, 4, 32])
def test_nothing_beats_the_lower_bound(size, ranks):
    """thm-bound: no simulated algorithm is faster."""
    least = cost.lower_bound(size, LINK.bandwidth, LINK.latency, ranks)
    for _, form in FORMS.values():
        assert form(size, LINK.bandwidth, LINK.latency, ranks) >= least * (1 - 1e-12)


def test_planted_costs_come_back():
    ranks, sizes = np.repeat([2, 3, 4, 8], 6), np.tile(np.geomspace(1e3, 6e7, 6), 4)
    truth = cost.Fit(3e-5, 4e-10, (0, 0), (0, 0))
    rng = np.random.default_rng(0)
    seconds = cost.predict(truth, ranks, sizes, 2) * rng.lognormal(0, 0.05, len(ranks))
    fit = cost.fit_times(ranks, sizes, seconds, 2, rng=rng)
    assert fit.latency_interval[0] < truth.latency < fit.latency_interval[1]
    assert fit.byte_interval[0] < truth.second_per_byte < fit.byte_interval[1]
    assert fit.latency == pytest.approx(truth.latency, rel=0.05)
    one_core = cost.fit_times(ranks, sizes, seconds, 1, rng=rng)
    assert one_core.latency < 0.7 * fit.latency  # the number of cores matters


def test_costs_are_never_negative():
    fit = cost.fit_times(
        [2, 2, 2], [0, 10, 1e6], [1e-4, 1e-4, 1e-4], 2, rng=np.random.default_rng(0)
    )
    assert fit.latency > 0
    assert fit.second_per_byte >= 0


@pytest.mark.parametrize("wrong", [(1, 1, 1, 0), (-1, 1, 1, 2), (1, 0, 1, 2), (1, 1, -1, 2)])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match="at least 1 rank"):
        all_reduce_time(*wrong)
    with pytest.raises(ValueError, match="power of two"):
        cost.halving_doubling_time(1, 1, 1, 3)
