"""`make determinism`: what is the same when everything is made again.

Two renders of one set of results must give the same bytes for every page, PDF, picture, feed and
index. Two clean runs must give the same `exact` claims. Other claims are compared by their stated
spreads; where these do not meet, by Tukey's fences, that is, spreads widened by 1.5 times their
width at each end (Exploratory Data Analysis, 1977); and times and memory by the leeway that the
ledger states for their units (core/claims.py). A claim without a spread that in both runs tells the
same end of another's goes with that one.
Prints a line per artefact that is neither identical nor within these, with the reason, and a count
of each; exits 1 when a render differs or an exact claim does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundwork.core import scales
from groundwork.core.claims import leeway
from groundwork.core.provenance import ROOT, sha256

Claims = dict[str, dict[str, Any]]  # as a ledger holds them


def main() -> int:
    """Build at smoke scale in two fresh copies of the tree, render one twice, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", default="all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "a", "checkout"), Path(folder, "b", "checkout")
        for tree in (first, second):
            copy_tree(tree)
            _build(tree, arguments.cores)
        kept = Path(folder, "kept")
        shutil.copytree(first / "reports", kept)
        _forget_renders(first)
        _build(first, arguments.cores)
        rows = [*renders(kept, first / "reports"), *claims(first, second)]
    for name, verdict in rows:
        if verdict not in ("identical", "equal") and not verdict.startswith("within"):
            print(f"{name}: {verdict}")
    counts = Counter(kind for _, kind in (_summary(row) for row in rows))
    print(", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())))
    return 1 if counts["renders differ"] or counts["exact claims differ"] else 0


def renders(kept: Path, again: Path) -> Iterator[tuple[str, str]]:
    """(file, verdict) for each file of two report folders."""
    names = {p.relative_to(root) for root in (kept, again) for p in root.rglob("*") if p.is_file()}
    for name in sorted(names):
        a, b = kept / name, again / name
        if not (a.is_file() and b.is_file()):
            yield name.as_posix(), "render differs: only in one"
        elif sha256(a) == sha256(b):
            yield name.as_posix(), "identical"
        else:
            yield name.as_posix(), f"render differs: {_first_difference(a, b)}"


def claims(first: Path, second: Path) -> Iterator[tuple[str, str]]:
    """(claim, verdict) for the ledgers of two clean runs."""
    a, b = (json.loads((t / "reports/smoke/all").read_text())["claims"] for t in (first, second))
    for name in sorted({*a, *b}):
        if name not in a or name not in b:
            yield name, "exact claim differs: only in one run"
        else:
            whole = _whose_end(name, a, b) or name
            yield name, compare(a[name], b[name], (a[whole], b[whole]))


def compare(a: dict[str, Any], b: dict[str, Any], spreads: tuple[Any, Any] | None = None) -> str:
    """The verdict on one claim of two runs; `spreads` are the claims whose spreads count."""
    if a["value"] == b["value"]:
        return "equal"
    both = f"{a['value']} and {b['value']} {a['unit']}"
    if a["kind"] == "exact":
        return f"exact claim differs: {both}"
    one, other = (whole["spread"] for whole in spreads or (a, b))
    for widening, verdict in ((0.0, "within stated spreads"), (1.5, "within the spreads' fences")):
        if not (one and other):
            break
        (low, high), (low_other, high_other) = (_widened(s, widening) for s in (one, other))
        if low <= high_other and low_other <= high:
            return verdict
    if _within_leeway(a, b):
        return "within its unit's leeway"
    return f"{a['kind']}, beyond {'the fences' if one and other else 'any leeway'}: {both}"


def _within_leeway(a: Any, b: Any) -> bool:
    values = a["value"], b["value"]
    if not all(isinstance(value, int | float) for value in values):
        return False
    return bool(max(values) <= leeway(a) * min(values))


def _widened(spread: list[float], times: float) -> tuple[float, float]:
    low, high = spread
    return low - times * (high - low), high + times * (high - low)


def _whose_end(name: str, a: Claims, b: Claims) -> str | None:
    """The claim of the same step, one end of whose spread this one tells in both runs, if any."""
    step = name.rpartition(".")[0]
    siblings = [s for s in a if s in b and s.rpartition(".")[0] == step]
    if a[name]["spread"] or b[name]["spread"]:
        return None
    for sibling in siblings:
        pairs = zip(a[sibling]["spread"] or (), b[sibling]["spread"] or (), strict=False)
        if (a[name]["value"], b[name]["value"]) in pairs:
            return sibling
    return None


def _summary(row: tuple[str, str]) -> tuple[str, str]:
    name, verdict = row
    for word, kind in [
        ("identical", "renders identical"),
        ("render differs", "renders differ"),
        ("equal", "claims equal"),
        ("exact claim", "exact claims differ"),
        ("within stated spreads", "claims within stated spreads"),
        ("within the spreads' fences", "within the spreads' fences"),
        ("within its unit's leeway", "within their unit's leeway"),
        ("", "beyond these"),
    ]:
        if verdict.startswith(word):
            return name, kind
    raise AssertionError(verdict)


def _first_difference(a: Path, b: Path) -> str:
    x, y = a.read_bytes(), b.read_bytes()
    at = next(
        (i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), min(len(x), len(y))
    )
    return f"byte {at}: {x[max(0, at - 20) : at + 20]!r} and {y[max(0, at - 20) : at + 20]!r}"


def copy_tree(tree: Path) -> None:
    """Copy what version control knows or would take in (not what was built) to a new folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)


def _build(tree: Path, cores: str) -> None:
    command = [sys.executable, "-m", "snakemake", "reports/smoke/all", "--cores", cores]
    mirror = os.environ.get("GROUNDWORK_MIRROR", str(ROOT.parent / "shared" / "data"))
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "GROUNDWORK_MIRROR": mirror}
    subprocess.run([*command, *scales.overlay("smoke")], cwd=tree, env=environment, check=True)


def _forget_renders(tree: Path) -> None:
    """Delete everything drawn or rendered; keep what was computed."""
    shutil.rmtree(tree / "reports")
    shutil.rmtree(tree / "results" / "reference", ignore_errors=True)
    shutil.rmtree(tree / "results" / "smoke" / "documents", ignore_errors=True)
    for figures in (tree / "results" / "smoke").glob("*/figures"):
        shutil.rmtree(figures)


if __name__ == "__main__":
    sys.exit(main())
