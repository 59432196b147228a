"""Assignment 1.1: linear maps and their spectra, the SVD, and the geometry of high dimensions."""

from groundwork.operators.neighbours import contrast, distances
from groundwork.operators.radius import (
    decay_bound,
    hermitian_norm,
    kreiss_bound,
    linear_rnn,
    power_norms,
    spectral_radius,
    triangularise,
)
from groundwork.operators.spectra import cumulative_energy, rank_for_energy, stable_rank, top_energy
from groundwork.operators.svd import SVD, low_rank, svd
from groundwork.operators.volumes import (
    ball_volume,
    equator_bound,
    log_ball_volume,
    log_cube_ratio,
    slab_fraction,
)

__all__ = [
    "SVD",
    "ball_volume",
    "contrast",
    "cumulative_energy",
    "decay_bound",
    "distances",
    "equator_bound",
    "hermitian_norm",
    "kreiss_bound",
    "linear_rnn",
    "log_ball_volume",
    "log_cube_ratio",
    "low_rank",
    "power_norms",
    "rank_for_energy",
    "slab_fraction",
    "spectral_radius",
    "stable_rank",
    "svd",
    "top_energy",
    "triangularise",
]
