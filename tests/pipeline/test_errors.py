"""Errors: the last lines printed are the ones that help, and nothing is lost."""

import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

import psutil
import pytest
from checkouts import SMALL_ROOM as ROOM
from checkouts import broken, fresh_checkout

TARGET = f"reports/smoke/{ROOM}"
# Root may write everywhere, unless it gives that up.
POWERLESS = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    if os.geteuid() == 0
    else []
)
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")


def last_lines(done, count=14):
    return "\n".join(done.stderr.strip().splitlines()[-count:])


@contextmanager
def mounted(folder, *options):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def remount(folder, *options):
    words = ",".join(["remount", *options])
    subprocess.run(["mount", "-o", words, folder], check=True)


def steps(checkout):
    return sorted(p.stem for p in (checkout.root / "workflow" / "steps" / ROOM).glob("*.py"))


def test_a_failing_step_is_told_with_assignment_log_and_rerun_command(small_house):
    script = small_house.root / "workflow" / "steps" / ROOM / "benchmark.py"
    with broken(script, "    step.run(main)", '    raise RuntimeError("the cat sat on it")'):
        done = small_house.snakemake(TARGET)
    assert done.returncode != 0
    words = last_lines(done)
    assert f"FAILED  {ROOM}_benchmark" in words
    assert "3.1 Kernel methods and dual representations" in words
    assert "RuntimeError: the cat sat on it" in words
    assert words.splitlines()[-1].startswith("  rerun:  snakemake --cores all results/smoke/")
    assert not (small_house.root / f"results/smoke/{ROOM}/benchmark.json").exists()
    assert f"{ROOM}_benchmark" in small_house.planned(TARGET), (
        "what the failed step took away is lost"
    )
    assert small_house.snakemake(TARGET).returncode == 0
    assert (small_house.root / f"results/smoke/{ROOM}/benchmark.json").is_file()


def test_a_failed_job_is_asked_for_until_it_succeeds(small_house):
    """Also where all that was made from its last output is still there."""
    script = small_house.root / "workflow" / "figures" / ROOM / "tradeoff.py"
    with broken(script, "    figure.run(draw, INPUTS)", "    raise SystemExit('no picture')"):
        for _ in range(2):
            done = small_house.snakemake(TARGET)
            assert done.returncode != 0
            assert "no picture" in last_lines(done)
    assert f"figure {ROOM}/figures/tradeoff" in small_house.planned(TARGET)
    assert "  - its last run failed" in small_house.run(["groundwork", "why", TARGET]).stdout
    assert small_house.snakemake(TARGET).returncode == 0
    assert small_house.planned(TARGET) == []


def test_a_script_that_is_not_python_stops_its_own_room_alone(small_house):
    script = small_house.root / "workflow" / "steps" / "mixtures" / "fit.py"
    with broken(script, "step.run(main)", "step.run(main"):
        assert small_house.planned(TARGET) == []
        done = small_house.snakemake("reports/smoke/mixtures")
    assert done.returncode != 0
    assert re.search(r"workflow/steps/mixtures/fit\.py, line \d+: .*never closed", done.stderr)
    assert not (small_house.root / "results" / "smoke" / "mixtures").exists()


def test_several_failures_are_all_named(small_house):
    folder = small_house.root / "workflow" / "steps" / ROOM
    with (
        broken(
            folder / "benchmark.py", "    step.run(main)", "    raise SystemExit('first fault')"
        ),
        broken(folder / "oracles.py", "    step.run(main)", "    raise SystemExit('second fault')"),
    ):
        done = small_house.snakemake(TARGET)
    words = last_lines(done, 30)
    for word in (
        "first fault",
        "second fault",
        f"{ROOM}_benchmark",
        f"{ROOM}_oracles",
        "2 jobs failed",
    ):
        assert word in words
    assert "RuleException" not in done.stderr, "Snakemake's words about what ours say better"
    assert small_house.snakemake(TARGET).returncode == 0


def test_piped_output_is_a_line_a_job_and_the_page_to_open(small_house):
    done = small_house.snakemake(TARGET, "--forcerun", f"{ROOM}_bandwidth")
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Using workflow")]
    assert re.fullmatch(r"\d+ jobs done in .*", lines[-2])
    assert lines[-1] == f"open reports/smoke/rooms/{ROOM}/index.html"
    assert any(re.match(rf"\[ +\d+/\d+\] {ROOM}_bandwidth +\d", line) for line in lines[:-2])
    assert all(re.match(r"\[ +\d+/\d+\] ", line) for line in lines[:-2])
    verbose = small_house.snakemake(TARGET, "--forcerun", f"{ROOM}_bandwidth", "--verbose")
    assert f"rule {ROOM}_bandwidth" in verbose.stderr


def test_a_bad_configuration_stops_before_any_rule(small_house):
    path = small_house.root / "workflow" / "scales" / "smoke" / f"{ROOM}.yaml"
    with broken(path, "benchmark:", "benchmarkk:"):
        done = small_house.snakemake(TARGET)
    assert done.returncode != 0
    assert f"{ROOM}: unknown key 'benchmarkk'; did you mean benchmark?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_target_that_no_rule_makes_is_answered_with_the_nearest(small_house):
    for asked, words in {
        "reports/smoke/kernel_rigde": f"did you mean {TARGET}?",
        f"results/smoke/{ROOM}/benchmrk.json": f"did you mean results/smoke/{ROOM}/benchmark.json",
        f"reports/{ROOM}": "it is of scale laptop: leave --configfile out",
        f"results/full/{ROOM}/benchmark.json": "add --configfile workflow/scales/full.yaml",
        "everything": "ask for reports/all",
    }.items():
        done = small_house.snakemake(asked)
        assert done.returncode != 0
        assert f"no rule makes {asked}; " in last_lines(done, 3)
        assert words in last_lines(done, 3)


@root_only
def test_a_full_disk_ends_with_a_clear_error_and_loses_nothing(small_house, tmp_path):
    with mounted(tmp_path, "size=1g"):
        house = fresh_checkout(tmp_path)
        tree = shutil.disk_usage(tmp_path).used // 1024
        for room in (0, 100, 1000):  # kB: not for a lock, not for a result, for some results
            remount(tmp_path, f"size={tree + room}k")
            done = house.snakemake(TARGET, environment={"PYTHONDONTWRITEBYTECODE": ""})
            assert done.returncode != 0
            assert "is full; free some space" in last_lines(done, 4)
            assert "Logging error" not in done.stderr
            assert "want of memory" not in done.stderr
        remount(tmp_path, "size=1g")
        done = house.snakemake(TARGET)
        assert done.returncode == 0, done.stderr
        assert house.planned(TARGET) == []
        assert house.exact(TARGET) == small_house.exact(TARGET)


@root_only
def test_an_unwritable_results_folder_ends_with_a_clear_error(small_house):
    results = small_house.root / "results"
    before = small_house.exact(TARGET)
    kept = results.rename(results.with_name("kept"))
    try:
        with mounted(results, "ro"):
            done = small_house.snakemake(TARGET, "--forceall")
        assert done.returncode != 0
        assert "cannot be written; make it writable" in last_lines(done, 4)
    finally:
        results.rmdir()
        kept.rename(results)
    assert small_house.snakemake(TARGET).returncode == 0
    assert small_house.exact(TARGET) == before


@pytest.mark.parametrize("place", [f"results/smoke/{ROOM}", ".snakemake/groundwork/run.lock"])
def test_what_another_user_owns_is_named(small_house, place):
    before = small_house.exact(TARGET)
    closed = small_house.root / place
    mode = closed.stat().st_mode
    closed.chmod(mode & ~0o222)
    try:
        words = small_house.command(TARGET, "--forcerun", f"{ROOM}_bandwidth")
        done = small_house.run([*POWERLESS, *words])
    finally:
        closed.chmod(mode)
    assert done.returncode != 0
    assert "no permission for" in last_lines(done, 1)
    assert place in last_lines(done, 1)
    assert "Traceback" not in done.stderr
    assert small_house.snakemake(TARGET).returncode == 0
    assert small_house.exact(TARGET) == before


def test_a_step_killed_for_memory_is_told_so(small_house):
    run = subprocess.Popen(
        small_house.command(TARGET, "--forcerun", f"{ROOM}_oracles"), cwd=small_house.root, env=small_house.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    killed = False
    deadline = time.monotonic() + 60
    while not killed and time.monotonic() < deadline:
        for process in psutil.Process(run.pid).children(recursive=True):
            words = process.cmdline() if process.is_running() else []
            if "python" in words[:1] and f"workflow/steps/{ROOM}/oracles.py" in words:
                process.kill()  # as the kernel does when memory runs out
                killed = True
        time.sleep(0.02)
    assert killed
    _, said = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "want of memory" in said
    assert small_house.snakemake(TARGET).returncode == 0
    assert (small_house.root / f"results/smoke/{ROOM}/oracles.json").is_file()
