"""Records say where they came from, and what has changed in this tree since."""

from pathlib import Path

import pytest

from groundwork.core.provenance import ROOT
from groundwork.core.result import Result, digest
from groundwork_harness.pipeline import closure, records
from groundwork_harness.pipeline.config import complete

STEP = "workflow/steps/transformer/train.py"


@pytest.fixture
def made() -> dict:
    """The provenance of a record that this very tree would make again."""
    return {
        "script": STEP,
        "code": closure.of(ROOT / STEP).digest,
        "settings": complete({"scale": "full"})["transformer"]["train"],
        "time": "2026-11-25T10:00:00+00:00",
    }


def origin(device: str, made: dict) -> str:
    return records.origin(device, Result(Path("train.json"), {}, made))


def test_a_current_record_names_device_and_date(made: dict) -> None:
    assert origin("NVIDIA H100", made) == "NVIDIA H100, 2026-11-25"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "0123"}, "older code"),
        ({"settings": {"loop": 1}}, "other settings"),
        ({"script": "workflow/steps/transformer/gone.py"}, "the step is gone"),
    ],
)
def test_a_record_says_what_has_changed_since(made: dict, change: dict, words: str) -> None:
    assert origin("GPU", {**made, **change}) == f"GPU, 2026-11-25, {words}"


def test_a_rule_can_follow_the_code_that_its_records_came_from(made: dict) -> None:
    assert records.current("transformer", ["train"]) == {
        "train": [made["code"], digest(made["settings"])]
    }
