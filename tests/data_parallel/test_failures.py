"""Each way to break ends the whole run within ten seconds, the guilty rank first, nothing left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from data_parallel import ranks

from groundwork.data_parallel import RankError, launch
from groundwork.data_parallel.launch import Failure
from groundwork.data_parallel.rendezvous import join

LIMIT = 10.0  # seconds
START = 20.0  # more, until the ranks have started on a busy machine


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def nothing_left(folder):
    pids = [int(path.read_text()) for path in Path(folder).glob("*.pid")]
    end = time.monotonic() + 5
    while time.monotonic() < end and not all(map(gone, pids)):
        time.sleep(0.1)
    return pids and all(map(gone, pids))


@pytest.fixture(scope="module", autouse=True)
def warm():
    """The fork server is up: what is timed is the failure, not the import of PyTorch."""
    launch(ranks.segmented, 1, (3, 8))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("raise", "rank 1 of 3: ArithmeticError: the second rank cannot go on"),
        ("kill", "rank 1 of 3: was killed by SIGKILL"),
        ("exit", "rank 1 of 3: ended with status 3 and no word"),
        ("model", "rank 2 holds another model than rank 0"),
    ],
)
def test_a_rank_that_breaks(tmp_path, how, words):
    with pytest.raises(RankError) as caught:
        launch(ranks.fail, 3, (str(tmp_path), how))
    assert time.time() - (tmp_path / "failing").stat().st_mtime < LIMIT
    assert words in str(caught.value)
    assert caught.value.failures[0].own
    assert nothing_left(tmp_path)


def test_ranks_told_different_worlds(tmp_path):
    begin = time.monotonic()
    with pytest.raises(RankError, match="was told that there are") as caught:
        launch(ranks.forever, 2, (str(tmp_path),), worlds=[2, 3])
    assert time.monotonic() - begin < START + LIMIT
    assert "ValueError" in caught.value.failures[0].error


def test_a_rank_that_never_comes(tmp_path):
    begin = time.monotonic()
    with pytest.raises(RankError, match="rank 2 has not come within 3 s"):
        launch(ranks.forever, 2, (str(tmp_path),), worlds=[3, 3], join_seconds=3)
    assert time.monotonic() - begin < START + LIMIT


def test_a_rendezvous_file_left_over(tmp_path):
    code = (
        "import sys, datetime, torch.distributed as dist\n"
        "from groundwork.data_parallel.rendezvous import join\n"
        "join(0, 1, 'file://' + sys.argv[1], 3, 3)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "meet")]
    first, second = (subprocess.run(command, capture_output=True, text=True) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert second.returncode == 1
    assert "left over from another run" in second.stderr


def test_ranks_end_when_their_launcher_is_killed(tmp_path):
    code = (
        "import sys\n"
        "from data_parallel import ranks\n"
        "from groundwork.data_parallel import launch\n"
        "if __name__ == '__main__':\n"
        "    launch(ranks.forever, 2, (sys.argv[1],))\n"
    )
    script = tmp_path / "launcher.py"
    script.write_text(code)
    tests = Path(ranks.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(tests)}
    run = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env=environment)
    try:
        end = time.monotonic() + 120
        while len(list(tmp_path.glob("*.pid"))) < 2:
            assert time.monotonic() < end
            assert run.poll() is None
            time.sleep(0.1)
    finally:
        run.kill()
        run.wait()
    assert nothing_left(tmp_path)


def test_a_rank_outside_its_world_is_refused():
    with pytest.raises(ValueError, match="rank 2 is not one of 2"):
        join(2, 2, "file:///nowhere", 1, 1)
    with pytest.raises(ValueError, match="at least 1 rank"):
        launch(ranks.forever, 0)


def test_the_error_names_the_guilty_rank_first():
    victim = Failure(0, "RuntimeError: Connection closed by peer", False, 0.1)
    guilty = Failure(1, "KeyError: 'x'", True, 0.2, "Traceback …")
    text = str(RankError([guilty, victim], 2))
    assert text.index("KeyError") < text.index("closed by peer") < text.index("Traceback")
