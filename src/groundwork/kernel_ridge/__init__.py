"""Kernel ridge regression from first principles, in NumPy alone (assignment 3.1)."""

from groundwork.kernel_ridge.decomposition import Decomposition, decompose
from groundwork.kernel_ridge.kernels import (
    linear_kernel,
    polynomial_features,
    polynomial_kernel,
    rbf_features,
    rbf_kernel,
    squared_distances,
)
from groundwork.kernel_ridge.primal import primal_ridge
from groundwork.kernel_ridge.regressor import KernelRidge
from groundwork.kernel_ridge.triangular import (
    NotPositiveDefiniteError,
    cholesky_in_place,
    inverse_diagonal,
    solve_factored,
    solve_lower,
    solve_upper,
)

__all__ = [
    "Decomposition",
    "KernelRidge",
    "NotPositiveDefiniteError",
    "cholesky_in_place",
    "decompose",
    "inverse_diagonal",
    "linear_kernel",
    "polynomial_features",
    "polynomial_kernel",
    "primal_ridge",
    "rbf_features",
    "rbf_kernel",
    "solve_factored",
    "solve_lower",
    "solve_upper",
    "squared_distances",
]
