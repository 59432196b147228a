"""Snakemake finds logger plugins by this package's name; the handler is groundwork's."""

from pathlib import Path

from groundwork.pipeline import bytecode

ROOT = Path(__file__).resolve().parents[2]
bytecode.mend([ROOT / "src" / "groundwork", ROOT / "workflow" / "steps"])

from groundwork.pipeline.progress import LogHandler  # noqa: E402  (what is cut ends this import)

__all__ = ["LogHandler"]
