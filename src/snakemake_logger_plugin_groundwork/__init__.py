"""Snakemake finds logger plugins by this package's name; the handler is groundwork's."""

from pathlib import Path

from groundwork_harness.pipeline import bytecode

ROOT = Path(__file__).resolve().parents[2]
folders = ("src/groundwork", "src/groundwork_harness", "workflow/steps")
bytecode.mend(ROOT / folder for folder in folders)

from groundwork_harness.pipeline.progress import LogHandler  # noqa: E402  (what is cut ends this import)

__all__ = ["LogHandler"]
