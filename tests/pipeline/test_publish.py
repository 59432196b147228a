"""Publishing: to a branch and to a folder, whole or not at all, once, and never without reason."""

import json
import resource

import pytest
from publishing_tree import LATER, PAGES, Tree, git

from groundwork_harness.pipeline import publish_folder
from groundwork_harness.pipeline.publish import PublishError
from groundwork_harness.pipeline.publish_branch import LAST, Branch

TARGETS = pytest.mark.parametrize("to", ["branch", "folder"])


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.delenv("GIT_DIR", raising=False)
    return Tree(tmp_path)


@TARGETS
def test_the_site_arrives_whole_with_a_record_of_its_origin(tree, to):
    assert tree.publish(to) == 0
    assert tree.held(to) == PAGES
    text = (
        (tree.folder / "publication.json").read_text()
        if to == "folder"
        else git(tree.remote, "show", "gh-pages:publication.json")
    )
    record = json.loads(text)
    assert record["commit"] == git(tree.root, "rev-parse", "HEAD")
    assert (record["scale"], record["dirty"], record["standins"]) == ("laptop", False, [])
    assert f"first publication: {len(PAGES)} files" in tree.words
    assert "laptop scale" in tree.words


@TARGETS
def test_what_changed_is_told_and_nothing_is_published_twice(tree, to):
    tree.publish(to)
    before = git(tree.remote, "rev-list", "--all") if to == "branch" else tree.folder.stat().st_ino
    tree.commit()  # another commit, the same site
    assert tree.publish(to) == 0
    assert "none since the publication of 20" in tree.words
    assert "published" not in tree.said[-1]
    after = git(tree.remote, "rev-list", "--all") if to == "branch" else tree.folder.stat().st_ino
    assert after == before
    tree.build(LATER)
    assert tree.publish(to) == 0
    assert "changes  1 new, 1 changed, 1 gone since" in tree.words
    assert {"  + new.html", "  ~ index.html", "  - old.html"} <= set(tree.said)
    assert tree.held(to) == LATER


@TARGETS
def test_a_dry_run_shows_the_plan_and_sends_nothing(tree, to):
    assert tree.publish(to, dry=True) == 0
    assert "first publication" in tree.words
    assert tree.said[-2].startswith("dry run")
    assert "site.address in config.yaml is empty" in tree.said[-1]
    assert not tree.folder.exists()
    assert git(tree.remote, "for-each-ref") == ""
    tree.publish(to)
    tree.build(LATER)
    assert tree.publish(to, dry=True) == 0
    assert "  ~ index.html" in tree.said
    assert tree.held(to) == PAGES


@TARGETS
def test_a_publication_changed_by_hand_is_put_right(tree, to):
    tree.publish(to)
    if to == "folder":
        (tree.folder / "index.html").write_text("scribbled")
    else:
        clone = tree.root.parent / "clone"
        git(tree.root.parent, "clone", "-q", "-b", "gh-pages", str(tree.remote), str(clone))
        (clone / "index.html").write_text("scribbled")
        git(clone, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qam", "scribble")
        git(clone, "push", "-q")
    assert tree.publish(to) == 0
    assert "  ~ index.html" in tree.said
    assert tree.held(to) == PAGES


@TARGETS
def test_the_address_is_printed_or_its_lack(tree, to):
    config = tree.config(to)
    config["site"]["address"] = "https://site.example/groundwork/"
    assert tree.publish(config=config) == 0
    assert tree.said[-1] == "published: https://site.example/groundwork/"
    tree.build(LATER)
    assert tree.publish(to) == 0
    assert "published: " in tree.words
    assert "site.address" in tree.said[-1]


def test_files_of_others_are_not_removed(tree):
    tree.folder.mkdir()
    (tree.folder / "thesis.tex").write_text("years of work")
    assert tree.publish("folder") == 1
    assert "foreign: " in tree.words
    assert "thesis.tex" in tree.words
    assert [p.name for p in tree.folder.iterdir()] == ["thesis.tex"]
    git(tree.root, "push", "-q", str(tree.remote), "main:gh-pages")
    assert tree.publish("branch") == 1
    assert "--delete gh-pages" in tree.words
    assert git(tree.remote, "rev-parse", "gh-pages") == git(tree.root, "rev-parse", "main")


def test_an_empty_folder_is_taken(tree):
    tree.folder.mkdir()
    assert tree.publish("folder") == 0
    assert tree.held("folder") == PAGES


def test_the_branch_keeps_its_history_and_its_domain_and_touches_no_branch_of_ours(tree):
    git(tree.root, "branch", "gh-pages")
    ours = git(tree.root, "rev-parse", "gh-pages")
    tree.publish()
    clone = tree.root.parent / "clone"
    git(tree.root.parent, "clone", "-q", "-b", "gh-pages", str(tree.remote), str(clone))
    (clone / "CNAME").write_text("site.example\n")  # as the host's settings page writes it
    git(clone, "add", "CNAME")
    git(clone, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "domain")
    git(clone, "push", "-q")
    tree.build(LATER)
    assert tree.publish() == 0
    assert tree.held("branch") == LATER | {"CNAME": "site.example"}
    assert git(tree.remote, "log", "--format=%s", "gh-pages").splitlines() == [
        "Publish Groundwork: 1 new, 1 changed, 1 gone",
        "domain",
        "Publish Groundwork: 5 new",
    ]
    assert git(tree.remote, "log", "-1", "--format=%cn", "gh-pages") == "A Writer"
    assert git(tree.root, "rev-parse", "gh-pages") == ours
    assert git(tree.root, "branch", "--format=%(refname:short)").split() == ["gh-pages", "main"]
    assert git(tree.root, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("to", "more", "words"),
    [
        ("none", {}, "publish.target"),
        ("folder", {"folder": ""}, "publish.folder in config.yaml is empty"),
        ("folder", {"folder": "nowhere/at/all"}, "create it, or mount its disk"),
        ("folder", {"folder": ".gitignore"}, "is a file"),
        ("branch", {"remote": "no-such-remote"}, "cannot be reached"),
        ("branch", {"remote": "https://127.0.0.1:9/x.git"}, "cannot be reached"),
        ("branch", {"branch": "a..b"}, "no name for a branch"),
        ("branch", {"remote": "--all"}, "'--all' begins with a dash"),
        ("branch", {"branch": "-d"}, "'-d' begins with a dash"),
    ],
)
def test_a_target_that_cannot_be_is_told(tree, to, more, words):
    with pytest.raises(PublishError, match=words):
        tree.publish(config=tree.config(to, **more))


def test_a_remote_that_refuses_keeps_what_it_holds(tree):
    tree.publish()
    before = git(tree.remote, "rev-parse", "gh-pages")
    hook = tree.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho you may read only >&2\nexit 1\n")
    hook.chmod(0o755)
    tree.build(LATER)
    with pytest.raises(PublishError, match=r"(?s)the remote refused it.*you may read only"):
        tree.publish()
    assert git(tree.remote, "rev-parse", "gh-pages") == before
    assert git(tree.root, "branch", "--format=%(refname:short)") == "main"
    hook.unlink()
    assert tree.publish() == 0
    assert tree.held("branch") == LATER


def test_a_remote_that_moved_meanwhile_is_not_taken_for_a_missing_right(tree, monkeypatch):
    tree.publish()
    tree.build(LATER)
    real = Branch._push

    def late(self, commit):
        """Someone else's push comes first; the remote answers in words that git does not know."""
        empty = git(tree.remote, "hash-object", "-t", "tree", "-w", "/dev/null")
        who = ["-c", "user.name=o", "-c", "user.email=o@example.org"]
        other = git(tree.remote, *who, "commit-tree", empty, "-p", "gh-pages", "-m", "theirs")
        git(tree.remote, "update-ref", "refs/heads/gh-pages", other)
        hook = tree.remote / "hooks" / "pre-receive"
        hook.write_text("#!/bin/sh\necho not now >&2\nexit 1\n")
        hook.chmod(0o755)
        real(self, commit)

    monkeypatch.setattr(Branch, "_push", late)
    with pytest.raises(PublishError, match="someone else published meanwhile"):
        tree.publish()


def test_no_branch_of_the_users_is_touched(tree):
    """Whatever it is called; all that is kept is where the published branch was last seen."""
    git(tree.root, "branch", "gh-pages")
    before = git(tree.root, "for-each-ref")
    tree.publish()
    git(tree.root, "update-ref", "-d", LAST, git(tree.remote, "rev-parse", "gh-pages"))
    assert git(tree.root, "for-each-ref") == before


@pytest.mark.parametrize("word", ["new", "previous"])
def test_no_neighbour_of_the_folder_is_touched_that_is_not_ours(tree, word):
    tree.publish("folder")
    tree.build(LATER)
    neighbour = tree.folder.with_name(f".{tree.folder.name}.{word}")
    neighbour.mkdir(exist_ok=True)
    for path in neighbour.iterdir():
        path.unlink()
    (neighbour / "letter.txt").write_text("mine")
    with pytest.raises(PublishError, match="move it away"):
        tree.publish("folder")
    assert (neighbour / "letter.txt").read_text() == "mine"
    assert tree.held("folder") == PAGES


def test_a_folder_without_permission_keeps_what_it_holds(tree, monkeypatch):
    tree.publish("folder")
    tree.build(LATER)

    def refuse(*_words, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(publish_folder.shutil, "copytree", refuse)
    with pytest.raises(PublishError, match=r"stays as it was: Permission denied; check the perm"):
        tree.publish("folder")
    assert tree.held("folder") == PAGES


def test_a_full_disk_is_told_and_loses_nothing(tree):
    tree.publish("folder")
    tree.build(LATER | {"large.html": "x" * 100_000})
    # Python ignores the signal that goes with it, so that a write beyond the limit fails.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # stands for the end of the disk
    try:
        with pytest.raises(PublishError, match="File too large"):
            tree.publish("folder")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tree.held("folder") == PAGES
