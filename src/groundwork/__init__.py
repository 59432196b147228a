"""Groundwork: a machine-learning curriculum as one reproducible pipeline."""
