"""What the rounds of one run say: medians, quartiles, ratios by round, exponents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.core.claims import claim, leeway, measured
from groundwork.core.timing import growth, interleave, ratio, summary

TIMES = st.floats(1e-6, 1e3)


def test_rivals_take_turns_and_the_first_one_changes():
    calls: list[str] = []
    rivals = {name: (lambda name=name: calls.append(name)) for name in "abc"}
    samples = interleave(rivals, repeats=3, warmup=1)
    assert "".join(calls) == "abc" + "abc" + "bca" + "cab"
    assert {name: len(found) for name, found in samples.items()} == {"a": 3, "b": 3, "c": 3}


@given(st.lists(st.integers(1, 10**6), min_size=2))  # whole numbers: no rounding
def test_quartiles_lie_about_the_median(values):
    found = summary(values)
    assert found.spread[0] <= found.value <= found.spread[1]
    assert found.n == len(values)
    assert found == summary(reversed(values))


def test_quartiles_leave_a_quarter_on_each_side():
    assert summary([7, 1, 6, 2, 5, 3, 4]).spread == (2, 6)


def test_one_value_is_its_own_quartiles():
    assert summary([3.0]).spread == (3.0, 3.0)


def test_a_ratio_is_taken_round_by_round():
    found = ratio([1.0, 10.0, 100.0], [2.0, 20.0, 50.0])  # the machine slows down; the rivals alike
    assert (found.value, found.n) == (0.5, 3)
    with pytest.raises(ValueError, match="argument 2"):
        ratio([1.0], [1.0, 2.0])


@given(st.floats(-2, 4), st.lists(TIMES, min_size=2, max_size=5))
def test_growth_finds_the_power_of_each_round(power, slownesses):
    sizes = [10, 20, 40]
    found = growth(sizes, [[c * n**power for c in slownesses] for n in sizes])
    assert found.value == pytest.approx(power, abs=1e-9)
    assert found.spread == pytest.approx((power, power), abs=1e-9)
    assert found.n == len(slownesses)


def test_growth_takes_as_many_rounds_as_all_sizes_have():
    assert growth([1, 2], [[1.0, 1.0, 1.0], [4.0, 4.0]]).n == 2


def test_a_summary_becomes_a_claim():
    assert measured(summary([1.0, 2.0, 3.0]), "s") == claim(2.0, "s", n=3, spread=(1.0, 3.0))


@pytest.mark.parametrize(
    ("unit", "kind", "times"),
    [("s", "exact", 1.0), ("s", "measured", 2.0), ("tokens/s", "measured", 2.0),
     ("MiB", "measured", 1.05), ("", "simulated", 1.02), ("s", "simulated", 2.0),
     ("×", "measured", 1.0), ("%", "measured", 1.0)],
)  # fmt: skip
def test_what_another_run_may_say(unit, kind, times):
    assert leeway(claim(1.0, unit, kind)) == times
