"""A sharded run that is killed goes on, on as many ranks or on others, to the same weights."""

import json
import shutil

import pytest
from data_parallel import ranks

from groundwork.data_parallel import RankError, TrainSettings, io, launch
from groundwork.data_parallel.cli import train_here
from groundwork.data_parallel.tasks import StudentConfig
from groundwork.data_parallel.training import largest_difference

STUDENT = StudentConfig(features=12, hidden=17, classes=5)


def settings(folder, method="zero2", **options):
    options = {"steps": 20, "batch": 30, "learning_rate": 1e-3, **options}
    return TrainSettings(
        dtype="float64", optimizer="adamw", method=method, checkpoint=str(folder),
        checkpoint_every=4, bucket_bytes=1000, student=STUDENT, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The checkpoints of a run on two ranks that was killed after step 11 of 20."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.raises(RankError, match="SIGKILL"):
        launch(ranks.die_at, 2, (settings(folder), 11))
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return launch(train_here, 2, (settings(tmp_path_factory.mktemp("whole")),))[0]


@pytest.mark.parametrize("world", [1, 2, 3])
def test_a_killed_run_goes_on_to_the_same_weights(broken, whole, tmp_path, world):
    shutil.copytree(broken, tmp_path / "run")
    assert whole.started_at == 0
    method = "zero1" if world == 3 else "zero2"
    found = launch(train_here, world, (settings(tmp_path / "run", method),))
    assert found[0].started_at == 8
    difference = largest_difference(found[0].weights, whole.weights)
    assert difference <= (0 if world == 2 else 1e-9)
    assert len(set(found[0].digests)) == 1


def test_old_checkpoints_are_removed_and_half_written_ones_are_not_read(broken, tmp_path):
    assert [p.name for p in sorted(broken.glob("step-*"))] == ["step-00000004", "step-00000008"]
    assert io.latest(tmp_path) is None
    shutil.copytree(broken, tmp_path / "run")
    (tmp_path / "run" / "step-00000012").mkdir()
    assert io.latest(tmp_path / "run").name == "step-00000008"


def test_another_run_s_checkpoint_is_refused(broken, tmp_path):
    shutil.copytree(broken, tmp_path / "run")
    with pytest.raises(RankError, match="run with other settings"):
        launch(train_here, 1, (settings(tmp_path / "run", learning_rate=2e-3),))
    about = json.loads((tmp_path / "run" / "step-00000008" / "complete.json").read_text())
    assert about["ranks"] == 2


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written to"):
        io.prepare(str(tmp_path / "file" / "below"))
