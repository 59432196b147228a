"""The ledger: each deliverable with its checksum, its claims, and where each claim came from.

`reports/all` for the whole site, `reports/<room>` for one room; JSON, described by
workflow/schemas/ledger.json. It holds no time of its own, so the same results give the same bytes.
"""

import argparse
import atexit
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from groundwork.core.atomic import PARTIAL, write_json
from groundwork.core.provenance import ROOT, sha256
from groundwork.core.result import Result, complaint, digest
from groundwork_harness.pipeline import parent_watchdog, pinned

KEPT = ("rule", "commit", "dirty", "device", "time", "seeds", "inputs", "code")


def build(
    results: Path, pages: list[Path], files: list[Path], site: Path | None, settings: dict[str, Any]
) -> dict[str, Any]:
    """The ledger of rendered `pages`, of PDFs and bundles (`files`), and of the site.

    `site` is the assembled site's index, or None for one room's ledger.
    """
    deliverables: list[dict[str, Any]] = []
    claims: dict[str, Any] = {}
    standins: set[str] = set()
    engines: set[str] = set()
    records = _records(results, pages)
    _refuse_altered(records)
    data = _data(records)
    for path in pages:
        page = json.loads(path.read_text(encoding="utf-8"))
        names = sorted(set(page["claims"]))
        for name in names:
            claims[name] = _claim(results, name)
        standins |= set(page["standins"])
        engines.add(page["engine"])
        where = site.parent / page["url"] if site else path
        deliverables.append(
            _deliverable(where, document=page["name"], title=_title(page), claims=names)
        )
    for path in files:
        deliverables.append(_deliverable(path))
    if site:
        listed = {entry["path"] for entry in deliverables}
        for path in sorted(site.parent.rglob("*")):
            if path.is_file() and path.as_posix() not in listed:
                deliverables.append(_deliverable(path))
    return {
        "scale": settings["scale"],
        "engine": sorted(engines),
        "pdf_engine": settings["pdf_engine"],
        "standins": sorted(standins),
        "data": data,
        "deliverables": deliverables,
        "claims": dict(sorted(claims.items())),
    }


def invalidate(ledgers: Iterable[Path], *, dry: bool = False) -> None:
    """Take back each ledger that names what is gone, or data that changed; a run makes both again.

    Snakemake deletes a failing job's old outputs, and never asks for a missing file while what was
    made from it is current: alone, it would say "nothing to be done" when the site is gone.

    `dry`: only while this process lives, since a dry run changes nothing.
    """
    for path in ledgers:
        if path.is_file() and not _stands(path):
            if dry:
                aside = path.replace(path.with_name(f"{PARTIAL}{path.name}"))
                atexit.register(_put_back, aside, path)
            else:
                path.unlink()


def _put_back(aside: Path, path: Path) -> None:
    if aside.is_file() and not path.exists():  # a run beside this one may have made it anew
        aside.replace(path)


def _stands(ledger: Path) -> bool:
    """Whether what a ledger names is there, and its data as it was; one that is torn does not."""
    try:
        found = json.loads(ledger.read_text(encoding="utf-8"))
        named = {entry["path"] for entry in found["deliverables"]}
        named |= {claim["from"] for claim in found["claims"].values()}
        data = dict(found.get("data", {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((ROOT / name).is_file() for name in named) and not pinned.changed(data)


def _records(results: Path, pages: list[Path]) -> list[Path]:
    """The results whose claims the pages show."""
    shown = {name for path in pages for name in json.loads(path.read_text())["claims"]}
    return sorted({_record(results, name) for name in shown})


def _refuse_altered(records: list[Path]) -> None:
    """End where a page shows a claim of a result that is not what its step wrote."""
    for record in records:
        if words := complaint(record):
            raise SystemExit(words)


def _data(records: list[Path]) -> dict[str, str]:
    """The data files that the results rest on, with their SHA-256; one that is not the pinned ends it."""
    found = pinned.behind(records)
    if complaints := [f"{name}: {words}" for name, words in pinned.faults(found)]:
        raise SystemExit("\n".join(complaints))
    return {name: max(digests) for name, digests in sorted(found.items())}


def _record(results: Path, claim: str) -> Path:
    return results.joinpath(*claim.split(".")[:-1]).with_suffix(".json")


def _title(page: dict[str, Any]) -> str:
    return str(page["metadata"].get("title", page["name"]))


def _deliverable(path: Path, **more: Any) -> dict[str, Any]:
    return {
        "path": path.as_posix(),
        "sha256": sha256(path),
        "bytes": path.stat().st_size,
        **more,
    }


def _claim(results: Path, name: str) -> dict[str, Any]:
    """A claim with its provenance; a missing one would have failed the page's own render."""
    path, key = _record(results, name), name.rpartition(".")[2]
    result = Result.read(path)
    return {
        **result.claims[key],
        "from": path.as_posix(),
        **{k: result.provenance[k] for k in KEPT if k in result.provenance},
        "settings": digest(result.settings),
    }


def main() -> None:
    """The command of rules ledger and ledger_room."""
    parent_watchdog.hold()
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--settings", type=json.loads, required=True)
    parser.add_argument("--pages", type=Path, nargs="*", default=[])
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--site", type=Path, help="the site's index.html")
    parser.add_argument("--out", type=Path, required=True)
    words = parser.parse_args()
    write_json(
        words.out, build(words.results, words.pages, words.files, words.site, words.settings)
    )


if __name__ == "__main__":
    main()
