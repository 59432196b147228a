"""What the determinism report says of two runs' claims."""

import json

import pytest

import determinism
from groundwork.core.claims import claim

EXACT = claim(3, "", "exact")
NARROW, LONE = {"n": 5, "spread": (1.0, 2.0)}, {"n": 1, "spread": (1.0, 1.0)}


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (EXACT, EXACT, "equal"),
        (EXACT, claim(4, "", "exact"), "exact claim differs: 3 and 4"),
        (claim(1.4, **NARROW), claim(2.4, n=5, spread=(1.9, 3.0)), "within stated spreads"),
        (claim(1.4, **NARROW), claim(3.5, n=5, spread=(3.4, 3.6)), "within the spreads' fences"),
        (claim(1.4, **NARROW), claim(9.0, n=5, spread=(8.9, 9.1)), "measured, beyond the fences"),
        (claim(1.0, **LONE), claim(1.1, n=1, spread=(1.1, 1.1)), "measured, beyond any leeway"),
        (claim("no", **NARROW), claim(1.4, **NARROW), "within stated spreads"),
        (claim("no"), claim(1.4), "measured, beyond any leeway"),
        (claim(4.0, "s"), claim(7.9, "s"), "within its unit's leeway"),
        (claim(4.0, "s"), claim(8.1, "s"), "measured, beyond any leeway"),
        (
            claim(9.0, "GFLOPS", n=5, spread=(9.0, 9.0)),
            claim(5.0, "GFLOPS", n=5, spread=(5.0, 5.0)),
            "within its unit's leeway",
        ),
        (claim(0.0, "s"), claim(1.0, "s"), "measured, beyond any leeway"),
        (claim(100.0, "MB"), claim(104.0, "MB"), "within its unit's leeway"),
        (claim(100.0, "MB"), claim(106.0, "MB"), "measured, beyond any leeway"),
        (claim(1.0, "s", "exact"), claim(1.5, "s", "exact"), "exact claim differs"),
        (claim(1.0, kind="simulated"), claim(1.01, kind="simulated"), "within its unit's leeway"),
        (
            claim(1.0, kind="simulated"),
            claim(1.1, kind="simulated"),
            "simulated, beyond any leeway",
        ),
    ],
)
def test_each_pair_of_claims_has_its_verdict(first, second, verdict):
    assert determinism.compare(first, second).startswith(verdict)


def test_an_end_of_a_spread_goes_with_its_claim(tmp_path):
    for run, (low, high) in (("a", (1.0, 2.0)), ("b", (1.5, 9.0))):
        ledger = tmp_path / run / "reports/smoke/all"
        ledger.parent.mkdir(parents=True)
        told = {
            "room.step.ratio": claim(1.7, n=5, spread=(low, high)),
            "room.step.ratio_high": claim(high, n=5),
            "room.other.ratio_high": claim(high, n=5),
            "room.step.once": claim(2.0 if run == "a" else 8.0),  # like an end, by chance, in one
        }
        ledger.write_text(json.dumps({"claims": told}))
    verdicts = dict(determinism.claims(tmp_path / "a", tmp_path / "b"))
    assert verdicts["room.step.ratio_high"] == "within stated spreads"
    assert verdicts["room.other.ratio_high"].startswith("measured, beyond any leeway")
    assert verdicts["room.step.once"].startswith("measured, beyond any leeway")


def test_a_claim_of_one_run_alone_is_a_difference(tmp_path):
    for run, told in (("a", {"room.step.count": EXACT}), ("b", {})):
        ledger = tmp_path / run / "reports/smoke/all"
        ledger.parent.mkdir(parents=True)
        ledger.write_text(json.dumps({"claims": told}))
    assert dict(determinism.claims(tmp_path / "a", tmp_path / "b")) == {
        "room.step.count": "exact claim differs: only in one run"
    }
