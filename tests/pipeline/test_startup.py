"""Start-up: a run with nothing to do costs little more than Snakemake itself, in a large house too."""

import re
import resource
import statistics
import subprocess
import sys

import yaml

TARGET = "reports/smoke/all"
RULES = 150
REPEATS = 5


def twin(root, room, suffix):
    """A second room with all that the first has, under a name of its own."""
    word = re.compile(rf"(?<![a-z_]){room}(?![a-z])")
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True)
    for name in listed.stdout.splitlines():
        other = root / word.sub(room + suffix, name)
        if not name.startswith("tests/") and other != root / name:
            other.parent.mkdir(parents=True, exist_ok=True)
            try:
                other.write_text(word.sub(room + suffix, (root / name).read_text()))
            except UnicodeDecodeError:
                other.write_bytes((root / name).read_bytes())
    block = yaml.safe_load((root / "config.yaml").read_text())[room]
    with open(root / "config.yaml", "a") as file:
        yaml.safe_dump({room + suffix: block}, file)


def rules(root, room=""):
    texts = [path.read_text() for path in (root / "rules").glob("*.smk")]
    return sum(len(re.findall(rf"^(?:use rule step as|rule) {room}", text, re.M)) for text in texts)


def cost(command, **options):
    """Seconds of processor time of a command: a neighbour's load does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_nothing_to_do_costs_at_most_twice_an_empty_snakefile(checkout, tmp_path):
    overlays = checkout.root / "workflow" / "scales" / "smoke"
    rooms = sorted(path.stem for path in overlays.glob("*.yaml"))
    rooms.sort(key=lambda room: -rules(checkout.root, room))  # the largest first
    pairs = [(room, suffix) for suffix in ("_b", "_c", "_d") for room in rooms]
    while rules(checkout.root) < RULES:
        twin(checkout.root, *pairs.pop(0))
    checkout.pretend(TARGET)
    jobs = len(checkout.plan(TARGET, "--forceall"))
    assert checkout.planned(TARGET) == []
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "Snakefile").touch()
    empty, house = [], []
    for _ in range(REPEATS):
        bare = [sys.executable, "-m", "snakemake", "--cores", "2"]
        empty.append(cost(bare, cwd=tmp_path / "empty"))
        house.append(cost(checkout.command(TARGET), cwd=checkout.root, env=checkout.environment))
    ratio = statistics.median(house) / statistics.median(empty)
    found = f"{statistics.median(house):.2f} s against {statistics.median(empty):.2f} s"
    print(f"{rules(checkout.root)} rules, {jobs} jobs: {found}, {ratio:.2f} times")
    assert ratio <= 2.0, found
