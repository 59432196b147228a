"""Snakemake finds logger plugins by this package's name; the handler is groundwork's."""

from groundwork.pipeline.progress import LogHandler

__all__ = ["LogHandler"]
