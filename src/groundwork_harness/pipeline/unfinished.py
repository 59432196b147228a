"""The site of a build in which something failed: every page that is there, in a folder of its own.

The rule `site` waits for every page and PDF, so that what is published is whole. A person whose one
document failed still wants to read the others.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from groundwork.core import scales
from groundwork.core.provenance import ROOT
from groundwork_harness.pipeline import context


def lay_out(targets: Iterable[str]) -> str:
    """Assemble the pages that are there below `reports/unfinished`; its first page, or nothing.

    Nothing where the whole site was not asked for, or where there is no page yet. A page is as it
    was last rendered: one whose own job failed is gone, one that waits for a failed job is older.
    """
    from groundwork_harness.documents.site import Plan, assemble

    current = context.current
    folder = scales.reports(current.config["scale"]) if current else ""
    if current is None or f"{folder}/all" not in targets:
        return ""
    index, made = current.index, json.loads(current.house_settings())
    wanted = index.pages(index.documents), index.prints(index.documents)
    pages, prints = ([p for p in map(Path, files) if p.is_file()] for files in wanted)
    reference = Path("results/reference")
    if not pages:
        return ""
    plan = Plan(
        ROOT / "src" / "documents",
        Path(current.results),
        pages,
        made["settings"],
        made["rooms"],
        current.config["scale"],
        current.resolved["pdf"],
        pdfs=[path for path in prints if path.suffix == ".pdf"],
        cards=[path for path in prints if path.name == "card.png"],
        reference=reference if (reference / "index.html").is_file() else None,
    )
    assemble(plan, Path(folder) / "unfinished")
    return f"{folder}/unfinished/index.html"
