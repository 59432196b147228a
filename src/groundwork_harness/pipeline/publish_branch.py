"""A branch of a git remote as target: one commit on top of what the remote holds, pushed.

The commit is made by git's own commands in an index of its own, and no branch of the user's repository
ever names it; the one push moves the remote's branch whole, or not at all.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundwork_harness.pipeline import git
from groundwork_harness.pipeline.git import GitError
from groundwork_harness.pipeline.publish_target import (
    RECORD,
    Held,
    PublishError,
    files_of,
    read_record,
    written,
)

LAST = "refs/groundwork/published"  # the remote branch as last seen, so that little is fetched


class Branch:
    """A branch from which GitHub Pages, GitLab, a hook or any other server takes a site."""

    def __init__(self, remote: str, branch: str, root: Path) -> None:
        self.remote, self.branch, self.root = remote, branch, root
        self.label = f"branch {branch} of {remote}"
        for name in (remote, branch):  # git would take it for an option
            if name.startswith("-"):
                raise PublishError(
                    f"{self.label} cannot be published to: {name!r} begins with a dash"
                )
        self.make_room = (
            "name another branch in config.yaml's publish.branch, or delete that one: "
            f"git push {remote} --delete {branch}"
        )
        try:
            git.run(root, "rev-parse", "--git-dir")
            git.run(root, "check-ref-format", f"refs/heads/{branch}")
        except GitError as problem:
            said = str(problem) or f"{branch!r} is no name for a branch"
            raise PublishError(f"{self.label} cannot be published to: {said}") from None

    def tidy(self) -> None:
        """A publication that was killed leaves objects that git collects, and nothing else."""

    def held(self) -> Held | None:
        """What the remote's branch holds; fetches it."""
        if not self._tip():
            with contextlib.suppress(GitError):
                git.run(self.root, "update-ref", "-d", LAST)
            return None
        try:
            wanted = f"+refs/heads/{self.branch}:{LAST}"
            git.run(self.root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
                    "--no-recurse-submodules", "--", self.remote, wanted)  # fmt: skip
        except GitError as problem:
            raise PublishError(f"{self.label} cannot be fetched: {problem}") from None
        text = self._show(RECORD)
        return Held(self._listing(LAST), read_record(text) if text is not None else None)

    def _tip(self) -> str:
        """The commit that the remote's branch is at now; empty where there is no such branch."""
        words = ("ls-remote", "--heads", "--", self.remote, f"refs/heads/{self.branch}")
        try:
            return git.run(self.root, *words, patience=git.PATIENCE).partition("\t")[0].strip()
        except GitError as problem:
            raise PublishError(
                f"the remote {self.remote} cannot be reached: {problem}\n"
                "check publish.remote in config.yaml, the network, and your rights there"
            ) from None

    def _show(self, name: str) -> str | None:
        try:
            return git.run(self.root, "show", f"{LAST}:{name}")
        except GitError:
            return None  # there is no such file

    def _listing(self, commit: str) -> dict[str, str]:
        lines = git.run(self.root, "ls-tree", "-r", "-z", commit).split("\0")
        entries = (line.split("\t", 1) for line in lines if line)
        return {name: facts.split()[2] for facts, name in entries}

    def digests(self, site: Path, *options: str) -> dict[str, str]:
        """Path → the name that git gives to the content."""
        names = files_of(site)
        paths = "\n".join(str((site / name).resolve()) for name in names)
        words = ("hash-object", "--no-filters", *options, "--stdin-paths")
        return dict(zip(names, git.run(self.root, *words, send=paths).split(), strict=True))

    def send(self, site: Path, record: Mapping[str, Any], message: str) -> list[str]:
        """Commit the site on top of what was held, and push."""
        files = self.digests(site, "-w")
        # CNAME: a host's own domain name, set there by hand
        own = {RECORD: written(record), ".nojekyll": "", "CNAME": self._show("CNAME")}
        for name, text in own.items():
            if text is not None:
                files[name] = git.run(self.root, "hash-object", "-w", "--stdin", send=text).strip()
        commit = self._commit(files, message)
        self._push(commit)
        git.run(self.root, "update-ref", LAST, commit)
        return []

    def _commit(self, files: Mapping[str, str], message: str) -> str:
        """The commit of these files whose parent is what was held, if anything was."""
        with tempfile.TemporaryDirectory(prefix="groundwork-publish-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            entries = "".join(f"100644 {digest}\t{name}\0" for name, digest in files.items())
            git.run(self.root, "update-index", "-z", "--index-info", send=entries, more=index)
            tree = git.run(self.root, "write-tree", more=index).strip()
        parent = ["-p", tip] if (tip := self._held_tip()) else []
        words = ("commit-tree", tree, *parent, "-m", message)
        return git.run(self.root, *words, more=self._identity()).strip()

    def _identity(self) -> dict[str, str]:
        """Who commits, where git was not told: a machine that builds has often no name."""
        known: dict[str, str] = {}
        for key, word, instead in (
            ("NAME", "user.name", "Groundwork"),
            ("EMAIL", "user.email", "groundwork@localhost"),
        ):
            try:
                git.run(self.root, "config", word)
            except GitError:
                known |= {f"GIT_{role}_{key}": instead for role in ("AUTHOR", "COMMITTER")}
        return {key: value for key, value in known.items() if key not in os.environ}

    def _push(self, commit: str) -> None:
        before = self._held_tip()
        try:
            spec = f"{commit}:refs/heads/{self.branch}"
            git.run(self.root, "push", "--quiet", "--", self.remote, spec)
        except GitError as problem:
            why = "the remote refused it, as it does without the right to write or for a rule of its own"
            if self._tip() != before:  # raises where the remote no longer answers
                why = "someone else published meanwhile; run the command again"
            raise PublishError(
                f"{self.label} was not changed: {why}. Git said:\n{problem}"
            ) from None

    def _held_tip(self) -> str:
        try:
            return git.run(self.root, "rev-parse", "--verify", "--quiet", LAST).strip()
        except GitError:
            return ""  # nothing is held
