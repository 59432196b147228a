"""`groundwork why` names what changed; `groundwork adopt` takes what matches and refuses the rest."""

import json
import shutil
import sys
from pathlib import Path

import yaml
from checkouts import SMALL_ROOM as ROOM
from checkouts import broken

STEP = f"results/smoke/{ROOM}/benchmark.json"


def groundwork(checkout, *words):
    done = checkout.run(
        [sys.executable, "-m", "groundwork_harness.pipeline.cli", "--scale", "smoke", *words]
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def why(checkout, target=STEP):
    done = groundwork(checkout, "why", target)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_up_to_date_target_says_so(small_house):
    assert "is up to date: nothing runs" in why(small_house)


def test_a_changed_function_is_named(small_house):
    source = small_house.root / "src" / "groundwork" / ROOM / "regressor.py"
    with broken(source, "class KernelRidge(", "SPARE = 1\n\n\nclass KernelRidge("):
        said = why(small_house)
    assert f"{ROOM}_benchmark" in said
    assert f"top-level code changed in groundwork.{ROOM}.regressor" in said


def test_a_changed_setting_is_named_with_both_values(small_house):
    overlay = small_house.root / "workflow" / "scales" / "smoke" / f"{ROOM}.yaml"
    text = overlay.read_text()
    with broken(overlay, text, text + "\n"):
        assert "is up to date" in why(small_house)
    done = groundwork(small_house, "settings", f"{ROOM}.benchmark")
    repeats = done.stdout.split('"repeats":')[1].split(",")[0].rstrip("}\n")
    with broken(overlay, f"repeats: {repeats}", f"repeats: {int(repeats) + 1}"):
        said = why(small_house)
    assert f"setting repeats: {repeats} → {int(repeats) + 1}" in said


def test_an_upgraded_package_is_named(small_house):
    lock = small_house.root / "requirements.lock"
    version = next(
        line.strip().partition("==")[2] for line in lock.open() if line.startswith("numpy==")
    )
    with broken(lock, f"numpy=={version}", "numpy==99.0"):
        assert f"package numpy: {version} → 99.0" in why(small_house)


def test_what_follows_is_listed(small_house):
    source = small_house.root / "workflow" / "steps" / ROOM / "benchmark.py"
    with broken(source, "    step.run(main)", "    step.run(main)\n    print()"):
        said = why(small_house, f"reports/smoke/{ROOM}")
    assert "What follows from these" in said
    assert f"ledger_room {ROOM}" in said


def test_matching_results_are_taken_in_and_current(small_house, checkout):
    done = groundwork(checkout, "adopt", str(small_house.root))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"taken    {ROOM}/benchmark" in done.stdout
    assert checkout.planned(STEP) == []
    assert "is up to date" in why(checkout)
    left = checkout.planned(f"reports/smoke/{ROOM}")
    assert not [job for job in left if job.startswith(f"{ROOM}_")], "a taken step would run again"
    overlay = checkout.root / "workflow" / "scales" / "smoke" / f"{ROOM}.yaml"
    with broken(overlay, "repeats: ", "repeats: 1"):
        assert checkout.planned(STEP) == [f"{ROOM}_benchmark"], "a later change goes unnoticed"


def test_results_of_other_code_or_settings_are_refused_by_name(small_house, checkout):
    script = checkout.root / "workflow" / "steps" / ROOM / "benchmark.py"
    overlay = checkout.root / "workflow" / "scales" / "smoke" / f"{ROOM}.yaml"
    text = overlay.read_text()
    with broken(script, "    step.run(main)", "    step.run(main)\n    print()"):
        overlay.write_text(f"{text}\n")
        config = json.loads(groundwork(checkout, "settings", f"{ROOM}.oracles").stdout)
        key = next(name for name, value in config.items() if type(value) is int)
        merged = yaml.safe_load(text)
        merged[ROOM].setdefault("oracles", {})[key] = config[key] + 1
        overlay.write_text(yaml.safe_dump(merged))
        done = groundwork(checkout, "adopt", str(small_house.root))
    assert done.returncode == 1
    assert f"refused  {ROOM}/benchmark: made by other code than this tree's" in done.stdout
    assert f"refused  {ROOM}/oracles: made with other settings than this tree's" in done.stdout
    assert f"taken    {ROOM}/memory" in done.stdout
    assert not (checkout.root / STEP).exists()


def test_a_result_that_was_cut_short_is_refused(small_house, checkout, tmp_path):
    folder = Path("results", "smoke", ROOM)
    (tmp_path / folder).mkdir(parents=True)
    for path in (small_house.root / folder).glob("bandwidth.*"):
        shutil.copy(path, tmp_path / folder)
    (tmp_path / folder / "bandwidth.csv").write_text("length_scale\n")
    done = groundwork(checkout, "adopt", str(tmp_path))
    assert done.returncode == 1
    assert f"refused  {ROOM}/bandwidth: bandwidth.csv is not what its step wrote" in done.stdout


def test_a_folder_without_results_is_refused(checkout, tmp_path):
    done = groundwork(checkout, "adopt", str(tmp_path))
    assert done.returncode != 0
    assert "holds no results of scale smoke" in done.stderr
