"""Before a run of Quarto by hand: the figures of the results, beside the documents that show them.

The pipeline needs none of this: it gives each document a private project.
"""

import os
import shutil
import sys
from pathlib import Path

import yaml

DOCUMENTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(DOCUMENTS.parent))  # the sources, whichever Python Quarto found

from groundwork_harness.documents.inputs import inputs  # noqa: E402


def main() -> None:
    """Lay the figures out; stop with what is missing."""
    folder = os.environ.get("GROUNDWORK_RESULTS")
    if not folder or not Path(folder).is_absolute():
        sys.exit("set GROUNDWORK_RESULTS to the whole path of a scale’s results, …/results/laptop")
    settings = yaml.safe_load((DOCUMENTS / "_quarto.yml").read_text(encoding="utf-8"))
    there = {f"references/{path.name}" for path in (DOCUMENTS / "references").glob("*.bib")}
    if lacking := sorted(there - set(settings["bibliography"])):
        sys.exit(f"add to bibliography in _quarto.yml: {', '.join(lacking)}")
    missing = []
    for qmd in sorted(DOCUMENTS.rglob("*.qmd")):
        for figure in inputs(qmd, DOCUMENTS).figures:
            room, _, name = figure.partition("/")
            found = sorted((Path(folder) / room / "figures").glob(f"{name}.*"))
            target = qmd.parent / "figures" / room
            target.mkdir(parents=True, exist_ok=True)
            for path in found:
                shutil.copyfile(path, target / path.name)
            if not found:
                missing.append(f"{qmd.relative_to(DOCUMENTS)}: no figure {figure}")
    if missing:
        print("\n".join(["These figures are not built yet:", *missing]), file=sys.stderr)


if __name__ == "__main__":
    main()
