"""What a run's targets mean to its reader: the assignment, the page to open, the command again."""

import re
import sys
from collections.abc import Iterable, Mapping

from groundwork.core import scales
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import context


def wanted_by(rule: str, wildcards: Mapping[str, str]) -> str:
    """The assignment that a job serves ("1.1 The operator-theoretic view …"), or nothing."""
    titles = context.current.titles if context.current else {}
    names = {*wildcards.values(), *(part for v in wildcards.values() for part in v.split("/"))}
    for room, title in titles.items():
        if rule.startswith(room + "_") or room in names:
            return title
    return ""


def scale() -> str:
    """The scale of this run."""
    return str(context.current.config["scale"]) if context.current else "laptop"


def pages(targets: Iterable[str]) -> list[str]:
    """The pages to open that targets lead to, where they are there."""
    folder = scales.reports(scale())
    sites = {f"{folder}/all": f"{folder}/site/index.html"}
    sites |= {
        f"{folder}/{r}": f"{folder}/rooms/{r}/index.html"
        for r in getattr(context.current, "rooms", [])
    }
    return [sites[target] for target in targets if (ROOT / sites.get(target, "-")).is_file()]


def rerun_command(target: str) -> str:
    """The command that makes one target again, at the scale and with the profile of this run."""
    profile = re.search(r" --workflow-profile[ =](\S+)", " ".join(sys.argv))
    words = ["snakemake --cores all", target, *scales.overlay(scale())]
    return " ".join(words) + (profile[0] if profile else "")
