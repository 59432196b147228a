"""Groundwork: a machine-learning curriculum as one reproducible pipeline."""

from groundwork.version import __version__

__all__ = ["__version__"]
