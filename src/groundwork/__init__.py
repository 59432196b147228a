"""Groundwork: a machine-learning curriculum as one reproducible pipeline."""

from groundwork.version import __version__ as __version__  # no __all__: the reference lists rooms
