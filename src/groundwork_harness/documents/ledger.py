"""The ledger's pages: each claim of each step, where it came from, and where it is shown."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundwork.core.claims import MEMORY_LEEWAY, SIMULATED_LEEWAY, TIME_LEEWAY
from groundwork.core.result import Result
from groundwork_harness.documents.lookup import number


def pages(plan: Any, pages: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(address, template context) of the ledger's front page and of one page per room."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        for name in sorted(set(page["claims"])):
            shown.setdefault(name, []).append(page)
    rooms = []
    # Numbers of the guide come from steps of no room: their group is a page of its own.
    others = sorted({name.partition(".")[0] for name in shown} - set(plan.rooms))
    for room, title in [*plan.rooms.items(), *((name, name.capitalize()) for name in others)]:
        steps = [_step(path, plan.results, shown) for path in _records(plan.results / room)]
        if not steps:
            continue
        claims = [claim for step in steps for claim in step["claims"]]
        rooms.append(
            {
                "name": room,
                "title": title,
                "steps": steps,
                "claims": len(claims),
                "shown": sum(bool(claim["pages"]) for claim in claims),
            }
        )
        yield (
            f"ledger/{room}.html",
            {
                "page": _about(f"ledger/{room}.html", title, "Every claim of this room’s steps."),
                "rooms": [],
                "steps": steps,
                "loose": _place_tables(room, steps, pages),
            },
        )
    yield "ledger.html", _front(rooms)


def _front(rooms: list[dict[str, Any]]) -> dict[str, Any]:
    words = "Every number on this site: its rule, inputs, machine and commit."
    return {
        "page": _about("ledger.html", "Where each number came from", words),
        "rooms": rooms,
        "steps": [],
        "loose": [],
        "leeway": {
            "time": f"{TIME_LEEWAY:g}",
            "memory": f"{100 * (MEMORY_LEEWAY - 1):.0f}\u00a0%",
            "simulated": f"{100 * (SIMULATED_LEEWAY - 1):.0f}\u00a0%",
        },
    }


def _place_tables(room: str, steps: list[dict[str, Any]], pages: list[dict[str, Any]]) -> list[str]:
    """Give each table shown on a page an anchor at its step; those left have no step's name."""
    anchors = {step["anchor"]: step for step in steps}
    loose: list[str] = []
    for name in sorted({name for page in pages for name in page["tables"]}):
        if name.partition(".")[0] != room or name in anchors:
            continue
        maker = anchors.get(name.rpartition(".")[0])
        (maker["tables"] if maker else loose).append(name)
    return loose


def has_page(results: Path, room: str) -> bool:
    """Whether the room has any record, and so a page in the ledger."""
    return bool(_records(results / room))


def costs(results: Path, room: str) -> list[dict[str, str]]:
    """Seconds (Snakemake's benchmarks) and peak memory (its own record) of each step of a room."""
    rows = []
    # Steps alone: a figure drawn again from the same results must not change the page.
    for path in sorted((results / "benchmarks" / room).glob("*.tsv")):
        with open(path, newline="", encoding="utf-8") as file:
            first = next(csv.DictReader(file, delimiter="\t"), None)
        if first:
            rule = path.relative_to(results / "benchmarks").with_suffix("").as_posix()
            record = _read(results / f"{rule}.json")
            spent = record.provenance.get("spent", {}) if record else {}
            rows.append(
                {
                    "rule": rule,
                    "seconds": _short(first["s"]),
                    "memory": _short(spent.get("peak_mib", "")),
                }
            )
    return rows


def _short(number: str | float) -> str:
    try:
        return f"{float(number):,.1f}"
    except ValueError:
        return "–"  # not measured


def _records(folder: Path) -> list[Result]:
    paths = (path for path in sorted(folder.rglob("*.json")) if "figures" not in path.parts)
    return [result for path in paths if (result := _read(path))]


def _read(path: Path) -> Result | None:
    try:
        return Result.read(path)
    except ValueError:
        return None  # another kind of file


def _step(result: Result, results: Path, shown: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    path, origin = result.path, result.provenance
    name = path.relative_to(results).with_suffix("").as_posix()
    dotted = name.replace("/", ".")
    commit = str(origin.get("commit") or "unknown")[:12] + (
        " and edits" if origin.get("dirty") else ""
    )
    return {
        "anchor": dotted,
        "name": name,
        "rule": origin.get("rule", ""),
        "script": origin.get("script", ""),
        "device": origin.get("device", ""),
        "time": origin.get("time", ""),
        "commit": commit,
        "seeds": ", ".join(str(seed) for seed in origin.get("seeds") or []),
        "versions": ", ".join(f"{k} {v}" for k, v in (origin.get("versions") or {}).items()),
        "standins": ", ".join(origin.get("standins") or []),
        "inputs": sorted((origin.get("inputs") or {}).items()),
        "tables": [],
        "claims": [_claim(f"{dotted}.{key}", key, c, shown) for key, c in result.claims.items()],
    }


def _claim(
    name: str, key: str, claim: dict[str, Any], shown: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    unit = f" {claim['unit']}" if claim.get("unit") else ""
    spread = claim.get("spread")
    return {
        "name": name,
        "short": key,
        "value": number(claim["value"])[0] + unit,
        "kind": claim["kind"],
        "n": claim.get("n", 1),
        "spread": " to ".join(number(limit)[0] for limit in spread) if spread else "",
        "pages": shown.get(name, []),
    }


def _about(url: str, title: str, description: str) -> dict[str, Any]:
    return {
        "url": url,
        "title": title,
        "description": description,
        "kind": "ledger",
        "card": "",
        "section": "ledger.html",
    }
