"""What a run says while it goes on: a line a job, what runs, how long the rest takes and why so."""

import json
import re
import shlex
import time
from types import SimpleNamespace

import pytest
from checkouts import SMALL_ROOM as ROOM

from groundwork_harness.documents.rooms import facts
from groundwork_harness.pipeline import estimate, progress, screen
from groundwork_harness.pipeline.estimate import Estimate

TARGET = f"reports/smoke/{ROOM}"


def planned(own, recorded, **jobs):
    made = Estimate(own, recorded)
    made.plan({**jobs, "total": sum(jobs.values())})
    return made


def test_the_first_run_is_estimated_by_the_record_scaled_by_the_jobs_done():
    made = planned({}, {"fast": 1.0, "slow": 10.0}, fast=2, slow=3)
    made.began = time.monotonic()
    assert made.time_left() == pytest.approx(32, abs=0.1)
    assert made.basis == "by the authors' machine"
    made.began -= 4
    made.finish("fast", 2.0)
    made.finish("fast", 2.0)  # twice the recorded seconds
    assert made.time_left() == pytest.approx(60, abs=0.1)
    assert made.basis == "by the authors' machine × 2.0, as the jobs done"


def test_a_later_run_is_estimated_by_the_one_before():
    made = planned({"slow": 3.0}, {"slow": 10.0}, slow=2)
    assert made.time_left() == pytest.approx(6, abs=0.1)
    assert made.basis == "by earlier runs here"


def test_a_rule_that_nothing_is_known_of_counts_as_the_middle_one():
    assert planned({}, {}, new=1).time_left() is None
    made = planned({"a": 1.0, "b": 5.0, "c": 30.0}, {}, new=2)
    assert made.time_left() == pytest.approx(10, abs=0.1)


def test_seconds_are_kept_by_scale(tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "TIMES", tmp_path / "times.json")
    (tmp_path / "times.json").write_text('{"old": 1.0}')  # as an earlier release wrote it
    for scale, seconds in (("smoke", 1.0), ("laptop", 50.0)):
        made = estimate.start(scale)
        made.finish("step", seconds)
        estimate.keep(made, scale)
    assert estimate.start("smoke").own == {"step": 1.0}


def test_the_record_names_rules_and_comes_from_benchmarks(tmp_path):
    found = json.loads(estimate.RECORDED.read_text())
    assert found["laptop"]["operators_spectra"] > 0
    head = "s\th:m:s\tcpu_time\n"
    for name in ("room/step", "room/step/1", "room/figures/plot", "documents/posts/x/bundle",
                 "documents/rooms/room/page", "documents/pdf/page", "ledger/all"):  # fmt: skip
        path = tmp_path / "benchmarks" / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + "8.0\t0:00:08\t2.0\n")
    rules = {"document_page", "document_pdf", "figure", "ledger", "post_bundle", "room_step"}
    assert estimate.measured(tmp_path) == dict.fromkeys(rules, 2.0)


def handler(monkeypatch, live, total):
    plain = dict.fromkeys(("verbose", "printshellcmds", "dryrun", "debug_dag"), False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: live, raising=False)
    monkeypatch.setattr(estimate, "start", lambda _: Estimate({"step": 60.0}, {}))
    monkeypatch.setattr(estimate, "keep", lambda *_: None)
    made = progress.LogHandler(SimpleNamespace(**plain), None)
    made._run_info(SimpleNamespace(stats={"step": total, "total": total}))
    return made


def begin(made, number):
    made._job_info(
        SimpleNamespace(
            rule_name="step", wildcards={"n": number}, input=[], output=[], log=[], jobid=number,
            reason="", shellcmd="",
        )
    )  # fmt: skip


def test_a_log_gets_a_line_a_job_and_at_most_one_a_second(monkeypatch, capsys):
    made = handler(monkeypatch, live=False, total=40)
    for number in range(21):
        begin(made, number)
    for number in range(20):
        made._job_finished(SimpleNamespace(job_id=number))
    monkeypatch.setattr(made.screen, "told", made.screen.told - screen.PACE)
    made._job_finished(SimpleNamespace(job_id=20))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert re.match(
        r"\[   1/40\] step 0 +0\.\d s  running step 1, step 2, step 3 and 17 more; about", lines[0]
    )
    assert lines[0].endswith("left (by earlier runs here)")
    assert lines[1].startswith("[  21/40] step 20")
    made.ended.set()


def test_a_log_that_nothing_finishes_in_is_not_silent(monkeypatch, capsys):
    made = handler(monkeypatch, live=False, total=2)
    monkeypatch.setattr(progress, "SILENCE", 0.0)
    begin(made, 1)
    deadline = time.monotonic() + 20
    said = ""
    while "running step 1" not in said and time.monotonic() < deadline:
        time.sleep(0.1)
        said += capsys.readouterr().err
    made.ended.set()
    assert re.search(r"\[    0/2\] running step 1 \(\d+\.\d s\); about", said)


def test_a_terminal_shows_what_runs_below_the_lines(monkeypatch, capsys):
    made = handler(monkeypatch, live=True, total=2)
    begin(made, 1)
    made._job_finished(SimpleNamespace(job_id=1))
    made.ended.set()
    said = capsys.readouterr().err
    first, _, rest = said.partition("\r\x1b[K")
    assert first == ""
    assert rest.startswith("[    0/2] running step 1 (")
    assert re.search(r"\r\x1b\[K\[    1/2\] step 1 +0\.\d s\n", said)


@pytest.mark.parametrize("scale", ["smoke", "laptop", "full"])
def test_the_rerun_command_is_of_the_pages_own_scale(tmp_path, scale):
    page = {"room": ROOM, "metadata": {}}
    plan = SimpleNamespace(pdfs=[], reference=None, results=tmp_path, scale=scale)
    command = next(f[0]["code"] for name, f in facts(page, [], plan) if name == "Rerun")
    folder = "reports/smoke" if scale == "smoke" else "reports"
    overlay = "" if scale == "laptop" else f" --configfile workflow/scales/{scale}.yaml"
    assert command == f"snakemake --cores all {folder}/{ROOM}{overlay}"


def test_a_room_leaves_its_page_which_says_how_to_make_it_again(small_house):
    site = small_house.root / "reports" / "smoke" / "rooms" / ROOM
    assert f'href="rooms/{ROOM}.html"' in (site / "index.html").read_text()
    page = (site / "rooms" / f"{ROOM}.html").read_text()
    command = re.search(r"snakemake --cores all [^<]+", page)[0]
    done = small_house.run(shlex.split(command))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-2:] == [
        "nothing to do: everything asked for is up to date",
        f"open reports/smoke/rooms/{ROOM}/index.html",
    ]
    ledger = json.loads((small_house.root / TARGET).read_text())
    listed = {entry["path"] for entry in ledger["deliverables"]}
    assert f"reports/smoke/rooms/{ROOM}/rooms/{ROOM}.html" in listed


def test_lint_and_report_say_that_all_is_well(small_house):
    done = small_house.snakemake("--lint")
    assert done.returncode == 0
    assert done.stderr.endswith("Congratulations, your workflow is in a good condition!\n")
    done = small_house.snakemake(TARGET, "--report", "report.html")
    assert done.returncode == 0, done.stderr
    assert "Report created." in done.stderr
    report = (small_house.root / "report.html").read_text()
    (small_house.root / "report.html").unlink()
    assert f"{ROOM}_bandwidth" in report
