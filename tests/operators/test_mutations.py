"""Planted bugs: each must turn a check red, else the check is worth nothing."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from groundwork.core.seeds import stream
from groundwork.operators import (
    gallery,
    jacobi,
    neighbours,
    radius,
    rivals,
    spectra,
    symbolic,
    theorems,
    volumes,
)

MODULES = {m.__name__.rpartition(".")[2]: m
           for m in (gallery, jacobi, neighbours, radius, rivals, spectra, symbolic, theorems, volumes)}  # fmt: skip
MODULES["svd"] = sys.modules["groundwork.operators.svd"]


def mutant(module: str, old: str, new: str, tmp_path: Path) -> ModuleType:
    """A copy of the module with `old` replaced by `new`, which must occur exactly once."""
    source = Path(MODULES[module].__file__ or "").read_text()
    assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times"
    path = tmp_path / f"mutant_{module}.py"
    path.write_text(source.replace(old, new))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def decomposes(module: ModuleType) -> bool:
    """The bar of the assignment on the whole gallery."""
    for a in gallery.gallery(stream(1, "tests")).values():
        lapack = np.linalg.svd(a, compute_uv=False)
        try:
            u, s, vt = module.svd(a)
            found = gallery.errors(a, u, s, vt, lapack)
        except (ValueError, np.linalg.LinAlgError, TypeError):
            return False
        if not (found["reconstruction"] <= 1e-7 and found["orthogonality"] <= 1e-10
                and found["values"] <= 1e-8 and (np.diff(s) <= 0).all()):  # fmt: skip
            return False
    return True


def survives_hostile_eig(module: ModuleType) -> bool:
    """An `eig` whose first answer repeats an eigenvector, as its contract allows in an eigenspace."""
    a = gallery.with_values(6, 5, np.array([2.0, 2, 1, 1, 0.5]), stream(0, "hostile"))
    honest, calls = np.linalg.eig, []

    def hostile(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = honest(matrix)
        if not calls:
            first, second = np.flatnonzero(np.abs(values - 4) < 1e-9)
            vectors[:, second] = vectors[:, first]
        calls.append(1)
        return values, vectors

    np.linalg.eig = hostile  # type: ignore[assignment]
    try:
        u, s, vt = module.svd(a)
    finally:
        np.linalg.eig = honest
    found = gallery.errors(a, u, s, vt, np.linalg.svd(a, compute_uv=False))
    return found["reconstruction"] <= 1e-12 and found["values"] <= 1e-12


def radius_of_signs(module: ModuleType) -> bool:
    return abs(module.spectral_radius(np.diag([-3.0, 1.0])) - 3) < 1e-12


def volumes_right(module: ModuleType) -> bool:
    return all(
        abs(np.log(module.ball_volume(d)) - module.log_ball_volume(d)) < 1e-10 for d in range(1, 60)
    )


def slabs_right(module: ModuleType) -> bool:
    return abs(module.slab_fraction(3, 0.5) - (3 * 0.5 - 0.5**3) / 2) < 1e-12  # by Archimedes


def decay_bounded(module: ModuleType) -> bool:
    a = 0.9 * np.eye(6) + np.diag(np.ones(5), 1)
    constant, rate = module.decay_bound(a, 0.05)
    norms = radius.power_norms(a, 200)
    return bool((norms <= constant * rate ** np.arange(201) * (1 + 1e-9)).all())


def graded_right(module: ModuleType) -> bool:
    rng = stream(3, "graded")
    d = np.logspace(0, -12, 12)
    b = np.eye(20, 12) + 0.1 * rng.standard_normal((20, 12))
    first = module.jacobi_svd(b * d)[1]
    # An exact oracle without long arithmetic: scaling by a power of two changes no digit.
    order = rng.permutation(12)
    again = module.jacobi_svd((b * d)[:, order])[1]
    return bool(np.abs(first / again - 1).max() < 1e-12)


def distances_right(module: ModuleType) -> bool:
    x = stream(0, "d").standard_normal((100, 3)) + 1e6
    brute = np.linalg.norm(x[:70, None] - x[None], axis=2)
    return bool(np.abs(module.distances(x[:70], x) - brute).max() < 1e-5)


def energy_right(module: ModuleType) -> bool:
    return abs(module.cumulative_energy(np.array([3.0, 1.0]))[0] - 0.9) < 1e-12


def statements_hold(module: ModuleType) -> bool:
    """The statements on real spaces, Hermitian growth, norms and the sphere, one case of each."""
    rng = stream(5, "statements")
    a, b, v = rng.standard_normal((5, 5)), rng.standard_normal((5, 5)), rng.standard_normal(5)
    rho = radius.spectral_radius(a)
    faults = (module.real_decay(0.9 * a / rho, v), module.real_escape(a - a.T + np.eye(5)), module.norms(b, v),
              module.growth(a + a.T, v), module.sphere(30, 0.1))  # fmt: skip
    return max(faults) <= theorems.ROUNDING


def identities_hold(module: ModuleType) -> bool:
    zeros = [module.gaussian_integral(3), module.recurrence(7), module.width(4),
             module.symmetric_growth(3), module.weights(2, 4), *module.pair_powers(5)]  # fmt: skip
    return all(zero == 0 for zero in zeros)


Bug = tuple[str, str, str, Callable[[ModuleType], bool]]
BUGS: dict[str, Bug] = {
    "largest by sign": (
        "radius", "np.abs(np.linalg.eigvals(matrix)).max(initial=0.0)",
        "np.linalg.eigvals(matrix).real.max(initial=0.0)", radius_of_signs),
    "eigenvalues unsorted": ("svd", "np.argsort(-s, kind=\"stable\")", "np.arange(len(s))[::-1]", decomposes),
    "eigenvectors not orthonormalised": (
        "svd", "basis = basis @ np.linalg.qr(vectors[:, order])[0]\n        basis = np.linalg.qr(basis)[0]  # products of orthogonal matrices drift",
        "return vectors[:, order]", decomposes),
    "m < n swapped": ("svd", "return _signed(vt.conj().T, s, u.conj().T)", "return _signed(u, s, vt)", decomposes),
    "real parts alone": ("svd", "real[:, second] = vectors[:, second].imag", "pass", decomposes),
    "U by division": (
        "svd", "u, r = np.linalg.qr(a @ v)", "r = np.diag(np.linalg.norm(a @ v, axis=0)); u = a @ v / np.diag(r)",
        decomposes),
    "one pass, unverified": ("svd", "<= tolerance:", ">= 0:", survives_hostile_eig),
    "not scaled": ("svd", "scale = power_of_two(matrix)", "scale = 1.0", decomposes),
    "wrong volume recurrence": ("volumes", "volume *= 2 * pi / d *", "volume *= 2 * pi / (d + 1) *", volumes_right),
    "odd dimensions start at one": ("volumes", "volume = 2.0 * radius if dim % 2 else 1.0", "volume = 1.0", volumes_right),
    "slab measured on the sphere": ("volumes", "* (nodes + 1)) ** dim", "* (nodes + 1)) ** (dim - 2)", slabs_right),
    "constant of the decay bound": ("radius", "** max(len(t) - 1, 0)", "** 0", decay_bounded),
    "rotation the wrong way": ("jacobi", "c[:, None] * (x - t[:, None] * y)", "c[:, None] * (x + t[:, None] * y)", graded_right),
    "mean not removed": ("neighbours", "centre = at.mean(axis=0) if len(at) else 0.0", "centre = 0.0", distances_right),
    "real part alone": ("theorems", "for part in (z.real, z.imag)", "for part in (z.real,)", statements_hold),
    "growth by signed powers": ("theorems", "np.abs(values / rho)[None] ** (2 *", "np.abs(values / rho)[None] ** (1 *", statements_hold),
    "bend the wrong way": ("theorems", "lengths[1:-1] ** 2 - lengths[:-2] * lengths[2:]", "lengths[:-2] * lengths[2:] - lengths[1:-1] ** 2", statements_hold),
    "half a cap of the sphere": ("theorems", "- 2 * volumes.equator_bound(dim, height)", "- 0.5 * volumes.equator_bound(dim, height)", statements_hold),
    "smallest column for largest": ("theorems", "np.linalg.norm(b, axis=0).max()", "np.linalg.norm(b, axis=0).min() / 2", statements_hold),
    "rate below the radius": ("theorems", "constant * rate ** np.arange(steps + 1) *", "(rate - 0.3) ** np.arange(steps + 1) *", statements_hold),
    "volume of a sphere": ("symbolic", "sp.gamma(half + 1)", "sp.gamma(half)", identities_hold),
    "weights that sum to m": ("symbolic", "w = [*free, k - sum(free)]", "w = [*free, m - sum(free)]", identities_hold),
    "coupling forgotten": ("symbolic", "k * c * x ** (k - 1)", "c * x ** (k - 1)", identities_hold),
    "energy of values": ("spectra", "energy = np.cumsum(np.square(s / power_of_two(s)))", "energy = np.cumsum(s)", energy_right),
}  # fmt: skip


@pytest.mark.parametrize("name", BUGS)
@pytest.mark.filterwarnings("ignore")
def test_planted_bug_is_found(name: str, tmp_path: Path) -> None:
    module, old, new, check = BUGS[name]
    assert check(MODULES[module]), "the check must be green without the bug"
    try:
        green = check(mutant(module, old, new, tmp_path))
    except np.linalg.LinAlgError:
        green = False
    assert not green
