"""Gaussian mixtures by expectation-maximization, from first principles (assignment 3.2)."""

from groundwork.mixtures.bound import elbo, kl_divergence
from groundwork.mixtures.density import e_step, log_joint
from groundwork.mixtures.em import Iteration, iterate
from groundwork.mixtures.initial import plus_plus_means, starting_mixture
from groundwork.mixtures.kmeans import lloyd, soft_kmeans
from groundwork.mixtures.maximize import floored, m_step
from groundwork.mixtures.model import GaussianMixture
from groundwork.mixtures.parameters import DegenerateComponentError, Mixture, ellipse, matching

__all__ = [
    "DegenerateComponentError",
    "GaussianMixture",
    "Iteration",
    "Mixture",
    "e_step",
    "elbo",
    "ellipse",
    "floored",
    "iterate",
    "kl_divergence",
    "lloyd",
    "log_joint",
    "m_step",
    "matching",
    "plus_plus_means",
    "soft_kmeans",
    "starting_mixture",
]
