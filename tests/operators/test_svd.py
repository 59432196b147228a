"""The decomposition against LAPACK, on matrices that break its naive form, and on drawn ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.core.seeds import stream
from groundwork.operators import svd
from groundwork.operators.gallery import errors, gallery, with_values
from groundwork.operators.svd import gram_eigenvectors
from groundwork.operators.theorems import ROUNDING, decomposition

GALLERY = gallery(stream(1, "tests"))
METHODS = ("eig", "jacobi")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", GALLERY)
def test_hard_matrices(name: str, method: str) -> None:
    a = GALLERY[name]
    u, s, vt = svd(a, method=method)
    k = min(a.shape)
    assert u.shape == (a.shape[0], k)
    assert s.shape == (k,)
    assert vt.shape == (k, a.shape[1])
    assert (s >= 0).all()
    assert (np.diff(s) <= 0).all()
    found = errors(a, u, s, vt, np.linalg.svd(a, compute_uv=False))
    assert found["reconstruction"] <= (1e-7 if method == "eig" else 1e-13)
    assert found["orthogonality"] <= (1e-10 if method == "eig" else 1e-13)
    assert found["values"] <= (1e-8 if method == "eig" else 1e-13)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    m=st.integers(1, 14), n=st.integers(1, 14), seed=st.integers(0, 2**32),
    values=st.lists(st.sampled_from([0.0, 1e-12, 1e-6, 0.5, 1.0, 1.0, 3.0]), min_size=14, max_size=14),
    field=st.sampled_from(["real", "complex"]),
)  # fmt: skip
def test_drawn_matrices(m: int, n: int, seed: int, values: list[float], field: str) -> None:
    """Checks Theorem thm-svd: any shape, rank, multiplicity and field."""
    rng = np.random.default_rng(seed)
    a = with_values(m, n, np.array(values[: min(m, n)]), rng)
    if field == "complex":
        a = a * np.exp(1j * rng.uniform(0, 6, n)) + 1j * a * (rng.integers(2))
    assert decomposition(a) <= ROUNDING
    lapack = np.linalg.svd(a, compute_uv=False)
    assert np.abs(svd(a, method="jacobi").s - lapack).max() <= 1e-13 * max(lapack[0], 1e-300)


@pytest.mark.parametrize("case", range(40))
def test_gram_eigenvectors_of_degenerate_matrices(case: int) -> None:
    rng = stream(case, "degenerate")
    n = int(rng.integers(2, 60))
    values = np.sort(rng.choice([0.0, 1e-16, 1.0, 2.0], n))[::-1]
    a = with_values(n, n, values, rng)
    gram = a.T @ a
    basis = gram_eigenvectors(gram)
    assert np.abs(basis.T @ basis - np.eye(n)).max() <= 1e-13
    rotated = basis.T @ gram @ basis
    assert np.abs(rotated - np.diag(np.diag(rotated))).max() <= 1e-12


def test_an_eig_that_always_returns_complex_numbers_is_no_other(monkeypatch) -> None:
    """As NumPy 2.5's is, of real matrices with real eigenvalues too."""
    a = GALLERY["repeated values"]
    before = svd(a)
    honest = np.linalg.eig

    def complex_eig(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = honest(matrix)
        return values.astype(complex), vectors.astype(complex)

    monkeypatch.setattr(np.linalg, "eig", complex_eig)
    for now, then in zip(svd(a), before, strict=True):
        assert now.dtype == np.float64
        np.testing.assert_allclose(now, then, rtol=0, atol=1e-12)


def test_subspaces_of_repeated_values_agree_with_lapack() -> None:
    a = GALLERY["repeated values"]
    u, s, _ = svd(a)
    lapack, _, _ = np.linalg.svd(a, full_matrices=False)
    for value in (3.0, 2.0, 1.0, 0.5):
        here = np.abs(s - value) < 1e-6
        ours, theirs = u[:, here], lapack[:, here]
        assert here.sum() == 10
        assert np.abs(ours @ ours.T - theirs @ theirs.T).max() <= 1e-12


def test_sign_convention_is_independent_of_the_method() -> None:
    a = with_values(12, 7, np.arange(7.0, 0, -1), stream(0, "signs"))
    first, second = svd(a), svd(a, method="jacobi")
    assert np.abs(first.u - second.u).max() <= 1e-12
    assert np.abs(first.vt - second.vt).max() <= 1e-12
    assert (first.u[np.abs(first.u).argmax(axis=0), range(7)] > 0).all()


def test_rtol_zeroes_small_values_and_completes_the_basis() -> None:
    a = with_values(9, 6, np.array([1, 0.5, 1e-3, 1e-5, 1e-9, 0]), stream(0, "rtol"))
    u, s, _ = svd(a, rtol=1e-4)
    assert np.count_nonzero(s) == 3
    assert np.abs(u.T @ u - np.eye(6)).max() <= 1e-13
    assert np.count_nonzero(svd(a).s) >= 5


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (3, 0)])
def test_empty_matrices(shape: tuple[int, int]) -> None:
    u, s, vt = svd(np.zeros(shape))
    assert (u.shape, s.shape, vt.shape) == ((shape[0], 0), (0,), (0, shape[1]))


@pytest.mark.parametrize(
    ("a", "words"),
    [
        (np.zeros(3), "two axes"),
        (np.array([[1.0, np.nan]]), "finite"),
        (np.array([[np.inf]]), "finite"),
    ],
)
def test_refusals(a: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        svd(a)


def test_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="jacobi"):
        svd(np.eye(2), method="magic")  # type: ignore[arg-type]


def test_integers_and_lists_are_taken_and_not_changed() -> None:
    a = np.array([[3, 0], [4, 5]])
    before = a.copy()
    assert np.allclose(svd(a).s, [np.sqrt(45), np.sqrt(5)])
    assert np.allclose(svd([[3, 0], [4, 5]]).s, svd(a).s)
    assert (a == before).all()


@pytest.mark.parametrize("name", GALLERY)
def test_an_eig_that_is_always_complex_changes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `np.linalg.eig` is from NumPy 2.5 on, whatever the matrix.

    Of vectors only what they rebuild is compared: where singular values are equal, the last bit
    decides which basis of their space comes out.
    """
    a, plain = GALLERY[name], np.linalg.eig
    before = svd(a, method="eig")
    monkeypatch.setattr(np.linalg, "eig", lambda a: tuple(x.astype(complex) for x in plain(a)))
    after = svd(a, method="eig")
    assert all(not np.iscomplexobj(x) or np.iscomplexobj(a) for x in after)
    bound = 1e-12 * max(before.s[0], 1)
    np.testing.assert_allclose(after.s, before.s, rtol=0, atol=bound)
    missed = [np.abs((x.u * x.s) @ x.vt - a).max() for x in (before, after)]
    assert missed[1] <= 2 * missed[0] + bound
    for q in (after.u, after.vt.conj().T):
        np.testing.assert_allclose(q.conj().T @ q, np.eye(q.shape[1]), rtol=0, atol=1e-12)
