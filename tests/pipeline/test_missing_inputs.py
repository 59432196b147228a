"""Loose ends: what a rule, a figure or a document reads and nothing makes is refused by name."""

import pytest
from checkouts import SMALL_ROOM as ROOM
from checkouts import broken

TARGET = f"reports/smoke/{ROOM}"
FIGURE = f"workflow/figures/{ROOM}/tradeoff.py"
PAGE = f"src/documents/rooms/{ROOM}.qmd"


@pytest.mark.parametrize(
    ("file", "old", "new", "reader", "meant"),
    [
        (FIGURE, "bandwidth.npz", "bandwith.npz", FIGURE, "bandwidth.npz"),
        (PAGE, f"{ROOM}/tradeoff", f"{ROOM}/tradeof", PAGE, "tradeoff.light.svg"),
        (f"rules/{ROOM}.smk", "memory.json", "memories.json", "documents", "memories.json"),
        (
            "rules/ledger.smk",
            "        pages=",
            '        "no/such",\n        pages=',
            "rule ledger",
            "",
        ),
    ],
)
def test_what_nothing_makes_is_refused(small_house, file, old, new, reader, meant):
    with broken(small_house.root / file, old, new):
        done = small_house.snakemake(TARGET)
    assert done.returncode != 0
    assert reader in done.stderr
    assert "which no rule makes" in done.stderr
    assert meant in done.stderr


def test_a_renamed_figure_is_missed_where_its_old_picture_is_shown(small_house):
    script = small_house.root / FIGURE
    other = script.rename(script.with_name("trade.py"))
    try:
        done = small_house.snakemake(TARGET)
    finally:
        other.rename(script)
    assert done.returncode != 0
    assert "figures/tradeoff.light.svg, which no rule makes" in done.stderr
    assert small_house.planned(TARGET) == []
