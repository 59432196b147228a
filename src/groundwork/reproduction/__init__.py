"""Superposition and neural scaling: a paper reproduced."""
