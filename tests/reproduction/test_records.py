"""Records: resumed runs end with the same bits, and what is not what it says is refused by name."""

import json
from dataclasses import replace

import numpy as np
import pytest

from groundwork.reproduction import cells, compare, fast, grid
from groundwork.reproduction import io as records

CELL = cells.Cell(1.0, -0.5, 8, 3, features=60)
TRAINING = replace(grid.TRAINING, weight_decay=-0.5, batch=64, steps=600, warmup_steps=50)


@pytest.fixture
def recorded(tmp_path):
    outcome = cells.run(CELL, TRAINING, 4)
    records.write(tmp_path, CELL, TRAINING, 4, outcome)
    return tmp_path


def test_the_plan_begins_with_what_decides_most():
    plan = list(grid.ordered())
    assert len(plan) == len(set(plan)) == len({cell.name for cell in plan}) == 264
    assert {cell.alpha for cell in plan[:72]} == {1.0}
    assert [cell.bias_std for cell in plan[:72]] == [1.0] * 36 + [0.0] * 36


def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    whole, checkpoint, calls = cells.run(CELL, TRAINING, 4), tmp_path / "c.npz", []
    real = fast.train

    def breaking(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(fast, "train", breaking)
    with pytest.raises(KeyboardInterrupt):
        cells.run(CELL, TRAINING, 4, checkpoint, every=0)
    assert checkpoint.is_file()
    resumed = cells.run(CELL, TRAINING, 4, checkpoint, every=0)
    assert len(calls) == 4  # the last chunk only, not all three again
    np.testing.assert_array_equal(whole.losses, resumed.losses)
    np.testing.assert_array_equal(whole.curve, resumed.curve)
    assert not checkpoint.exists()


def test_a_checkpoint_of_other_settings_is_no_beginning(tmp_path):
    checkpoint = tmp_path / "c.npz"
    other, taken = replace(TRAINING, learning_rate=0.5), []
    state, curve = cells.train(CELL, other, None)
    np.savez(checkpoint, weights=state.weights, bias=state.bias, moments=state.moments, step=250,
             curve=curve[:1], seconds=1.0, identity=repr((CELL, other, cells.code())))  # fmt: skip
    taken = cells.run(CELL, TRAINING, 4, checkpoint, every=0)
    np.testing.assert_array_equal(taken.losses, cells.run(CELL, TRAINING, 4).losses)


def test_a_record_reads_back(recorded):
    record = records.read(recorded, CELL, TRAINING, 4)
    assert record is not None
    assert record.summary["loss"] > 0
    assert record.arrays["norms"].shape == (60,)
    assert records.read(recorded, replace(CELL, seed=9), TRAINING, 4) is None


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda d: d["provenance"].update(code="0" * 16), "other code"),
        (lambda d: d["training"].update(steps=5), "another training"),
        (lambda d: d["cell"].update(alpha=1.5), "another cell"),
        (lambda d: d.pop("summary"), "half a cell"),
        (lambda d: d["provenance"].update(arrays="0"), "missing or changed"),
    ],
)
def test_a_record_that_is_not_what_it_says_is_refused_by_name(recorded, harm, words):
    path = recorded / f"{CELL.name}.json"
    content = json.loads(path.read_text())
    harm(content)
    path.write_text(json.dumps(content))
    with pytest.raises(records.Refused, match=words) as caught:
        records.read(recorded, CELL, TRAINING, 4)
    assert CELL.name in str(caught.value)


def test_half_a_file_and_missing_arrays_are_refused(recorded):
    path = recorded / f"{CELL.name}.json"
    whole = path.read_text()
    path.write_text(whole[:40])
    with pytest.raises(records.Refused, match="torn"):
        records.read(recorded, CELL, TRAINING, 4)
    path.write_text(whole)
    (recorded / f"{CELL.name}.npz").unlink()
    with pytest.raises(records.Refused, match="missing"):
        records.read(recorded, CELL, TRAINING, 4)


def test_verdicts_follow_their_rule():
    def made(losses):
        return [
            records.Record(cells.Cell(1.0, grid.STRONG, m, 0), {"loss": loss}, {}, "here")
            for m, loss in zip(grid.WIDTHS, losses, strict=False)
        ]

    losses = [0.6902, 0.5646, 0.3581, 0.2018, 0.1164, 0.0637]  # the published ones
    line = compare.line(made(losses), 1.0, -0.5556)
    published = {"exponent": 1.061, "error": 0.067}
    assert line.exponent == pytest.approx(1.061, abs=1e-3)
    assert compare.verdict(line, published)[1] == "reproduced"
    assert compare.verdict(line, {"exponent": 1.2, "error": 0.067})[1] == "compatible"
    assert compare.verdict(line, {"exponent": 1.5, "error": 0.067})[1] == "differs"
    partial = compare.line(made(losses[:5]), 1.0, -0.5556)
    assert compare.verdict(partial, published) == (None, "not attempted")
