"""Every step of the ladder against float64 products and NumPy's manners."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.core.seeds import stream
from groundwork.matmul import matmul, variants
from groundwork.matmul.oracle import Case, excess, random_case

VARIANTS = (
    *("naive", "naive_vectorised", "loop_order", "loop_order_vectorised"),
    *("tiled", "tiled_vectorised", "simd", "registers", "packed"),
)


def test_the_ladder_is_complete():
    assert variants() == VARIANTS


@pytest.mark.parametrize("variant", VARIANTS)
def test_200_random_products_stay_within_the_bound(variant, instruction_set):
    """Shapes with 0 and 1, views of every kind, alpha, beta, float32 and float64, two threads."""
    cases = [random_case(stream(0, instruction_set, variant, i)) for i in range(200)]
    assert max(excess(case, case.run(variant)) for case in cases) <= 1
    # The draw reaches what the test's name promises.
    assert any(case.c.size == 0 for case in cases)
    assert any(1 in case.c.shape for case in cases)
    assert any(not case.a.flags.c_contiguous and case.a.size for case in cases)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.integers(0, 70)] * 3),
    st.sampled_from(VARIANTS),
    st.fixed_dictionaries({name: st.integers(0, 80) for name in ("tile", "mc", "kc", "nc")}),
    st.integers(0, 2**32 - 1),
)
def test_any_block_sizes_give_the_product(shape, variant, blocks, seed):
    m, k, n = shape
    random = np.random.default_rng(seed)
    a = random.standard_normal((m, k), dtype=np.float32)
    b = random.standard_normal((k, n), dtype=np.float32)
    case = Case(a, b, np.zeros((m, n), np.float32), 1.0, 0.0, 1)
    assert excess(case, matmul(a, b, variant, blocks=blocks)) <= 1


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_go_where_numpy_sends_them(variant, poison):
    random = np.random.default_rng(1)
    a = random.standard_normal((35, 40)).astype(np.float32)
    b = random.standard_normal((40, 50)).astype(np.float32)
    a[3, 7] = b[11, 20] = poison
    b[7, 5] = 0  # infinity times zero is NaN
    with np.errstate(invalid="ignore"):
        want = a @ b
    got = matmul(a, b, variant)
    assert np.array_equal(np.isnan(want), np.isnan(got))
    assert np.array_equal(np.isposinf(want), np.isposinf(got))
    assert np.array_equal(np.isneginf(want), np.isneginf(got))


@pytest.mark.parametrize("variant", VARIANTS)
def test_beta_zero_never_reads_out(variant):
    a, b = np.ones((20, 30), np.float32), np.ones((30, 40), np.float32)
    out = np.full((20, 40), np.nan, np.float32)
    assert matmul(a, b, variant, out=out) is out
    assert np.array_equal(out, np.full((20, 40), 30, np.float32))


def test_out_may_be_a_window_of_a_wider_matrix():
    a, b = np.ones((20, 30)), np.ones((30, 40))
    wide = np.zeros((22, 50))
    matmul(a, b, out=wide[1:21, 5:45], alpha=2.0, beta=1.0)
    assert (wide[1:21, 5:45] == 60).all()
    assert wide.sum() == 60 * 20 * 40  # nothing was written beside the window


def test_the_number_of_threads_does_not_change_a_bit():
    random = np.random.default_rng(2)
    a = random.standard_normal((300, 700), dtype=np.float32)
    b = random.standard_normal((700, 310), dtype=np.float32)
    one = matmul(a, b)
    for threads in (2, 3, 8):
        assert np.array_equal(one, matmul(a, b, threads=threads))


def test_associativity_with_identities_is_exact():
    """Checks the packing of every residue: I·B = B and A·I = A hold bit for bit."""
    for n, variant in itertools.product((1, 15, 33, 100), VARIANTS):
        x = np.random.default_rng(n).standard_normal((n, n), dtype=np.float32)
        eye = np.eye(n, dtype=np.float32)
        assert np.array_equal(matmul(eye, x, variant), x)
        assert np.array_equal(matmul(x, eye, variant), x)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (((2, 3), (4, 5)), ValueError, r"\(2, 3\) and b \(4, 5\)"),
        (((3,), (3, 2)), ValueError, "do not fit"),
        (((2, 3), (3, 2), "fastest"), ValueError, "no variant 'fastest'; known are naive"),
        (((2, 3), (3, 2), "packed", 0), ValueError, "threads"),
    ],
)
def test_mistakes_are_named(arguments, kind, words):
    a, b, *rest = arguments
    with pytest.raises(kind, match=words):
        matmul(np.zeros(a), np.zeros(b), *rest)


def test_mistakes_of_type_and_memory_are_named():
    a = np.zeros((4, 4), np.float32)
    for bad in (a.astype(np.float64), a.astype(np.int64), a.astype(np.complex64), a.astype(object)):
        with pytest.raises(TypeError, match="float32"):
            matmul(a, bad)
    with pytest.raises(ValueError, match="overlaps"):
        matmul(a, a.copy(), out=a)
    with pytest.raises(ValueError, match="shape"):
        matmul(a, a, out=np.zeros((4, 5), np.float32))
    with pytest.raises(ValueError, match="next to each other"):
        matmul(a, a, out=np.zeros((4, 4), np.float32).T[::-1])
    with pytest.raises(ValueError, match="no out"):
        matmul(a, a, beta=1.0)
    with pytest.raises(ValueError, match="tyle"):
        matmul(a, a, blocks={"tyle": 3})
    with pytest.raises(ValueError, match="negative"):
        matmul(
            np.zeros((300, 900), np.float32), np.zeros((900, 300), np.float32), blocks={"kc": -1}
        )
