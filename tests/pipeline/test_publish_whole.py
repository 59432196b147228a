"""A publication is seen whole or not at all: by readers, after a kill, beside a live build."""

import os
import subprocess
import sys
import threading

import pytest
from publishing_tree import LATER, PAGES, Tree, git, killed_at

from groundwork_harness.pipeline import publish_folder
from groundwork_harness.pipeline.lock import AlreadyRunning


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.delenv("GIT_DIR", raising=False)
    return Tree(tmp_path)


def test_a_system_that_cannot_exchange_says_so_and_loses_nothing(tree, monkeypatch):
    monkeypatch.setattr(publish_folder, "exchange", lambda *_paths: False)
    tree.publish("folder")
    tree.build(LATER)
    assert tree.publish("folder") == 0
    assert "for an instant" in tree.words
    assert tree.held("folder") == LATER
    previous = tree.folder.with_name(".www.previous")
    assert (previous / "old.html").is_file()
    # Killed between the two renames, the next run first puts back what was there.
    tree.folder.rename(tree.folder.with_name(".www.new"))
    (tree.site / "index.html").write_text("not as the ledger says")
    assert tree.publish("folder") == 1
    assert tree.held("folder") == PAGES


def test_a_reader_never_sees_half_a_site(tree):
    """A reader that looks all the time finds each time the one whole site or the other."""
    sites = [{f"p{i}.html": str(n) for i in range(60)} | {"index.html": "i"} for n in (1, 2)]
    tree.build(sites[0])
    tree.publish("folder")
    seen, faults, done = set(), [], threading.Event()

    def read():
        while not done.is_set():
            try:
                folder = os.open(tree.folder, os.O_RDONLY)
            except OSError as problem:
                faults.append(problem)
                continue
            names = os.listdir(folder)
            found = set()
            for name in names:
                if name.startswith("p") and name.endswith(".html"):
                    file = os.open(name, os.O_RDONLY, dir_fd=folder)
                    found.add(os.read(file, 9))
                    os.close(file)
            os.close(folder)
            seen.update(found)
            if len(found) != 1 or len(names) != 62:
                faults.append((len(names), found))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for n in range(6):
            tree.build(sites[(n + 1) % 2])
            assert tree.publish("folder") == 0
            if sys.platform == "linux":  # exchanged in one step, not renamed in two
                assert "for an instant" not in tree.words
    finally:
        done.set()
        reader.join()
    assert not faults
    assert seen == {b"1", b"2"}


PLACES = [
    ("branch", "groundwork_harness.pipeline.publish_branch", "Branch._commit", "0"),
    ("branch", "groundwork_harness.pipeline.publish_branch", "Branch._push", "0"),
    ("branch", "groundwork_harness.pipeline.publish_branch", "Branch._push", "its end"),
    ("folder", "shutil", "copyfile", "2"),
    ("folder", "groundwork_harness.pipeline.publish_folder", "exchange", "0"),
    ("folder", "groundwork_harness.pipeline.publish_folder", "exchange", "its end"),
]


@pytest.mark.parametrize(("to", "module", "name", "after"), PLACES)
def test_a_killed_publication_is_whole_or_not_at_all_and_resumes(tree, to, module, name, after):
    tree.publish(to)
    tree.build(LATER)
    assert killed_at(tree, to, module, name, after) == -9
    assert tree.held(to) in (PAGES, LATER)
    assert tree.publish(to) == 0
    assert tree.held(to) == LATER
    left = [p.name for p in tree.folder.parent.iterdir() if ".new" in p.name]
    assert left == []
    assert git(tree.root, "branch", "--format=%(refname:short)") == "main"


def test_a_live_build_is_not_published_from(tree):
    code = """if True:
        import sys
        from pathlib import Path
        from groundwork_harness.pipeline.lock import RunLock
        lock = RunLock(Path(sys.argv[1]))
        lock.acquire()
        print("held", flush=True)
        sys.stdin.read()
    """
    lock = tree.root / ".snakemake" / "groundwork" / "run.lock"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as build:
        build.stdout.readline()
        with pytest.raises(AlreadyRunning, match=str(build.pid)):
            tree.publish("folder")
        build.stdin.close()
    assert not tree.folder.exists()
    assert tree.publish("folder") == 0
