"""Scales: where the reports of each lie, and how a command asks for it."""


def reports(scale: str) -> str:
    """The folder of a scale's reports; smoke has a root of its own, so that it never passes for results."""
    return "reports/smoke" if scale == "smoke" else "reports"


def overlay(scale: str) -> list[str]:
    """Snakemake's options for a scale; the laptop's, config.yaml's own, needs none."""
    return [] if scale == "laptop" else ["--configfile", f"workflow/scales/{scale}.yaml"]
