"""A branch of a git remote as target, written by ghp-import on top of what the remote holds.

The commit is made on a local branch of its own, deleted at the end, so that no branch, file or
index of the user is touched; the one push moves the remote's branch whole, or not at all.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from groundwork_harness.pipeline import git
from groundwork_harness.pipeline.git import GitError
from groundwork_harness.pipeline.publish_target import (
    OWN,
    RECORD,
    Held,
    PublishError,
    files_of,
    read_record,
    written,
)

LAST = "refs/groundwork/published"  # the remote branch as last seen, so that little is fetched
STAGE = "groundwork-publishing-"  # begins the name of the branch that ghp-import writes
STAGED = "refs/groundwork/staged"  # below it a mark for each such branch: no other is ever deleted


class Branch:
    """A branch from which GitHub Pages, GitLab, a hook or any other server takes a site."""

    def __init__(self, remote: str, branch: str, root: Path) -> None:
        self.remote, self.branch, self.root = remote, branch, root
        self.label = f"branch {branch} of {remote}"
        self.stage = STAGE + secrets.token_hex(4)
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
        """Delete the staging branches that a publication, also a killed one, left behind."""
        for mark in git.run(self.root, "for-each-ref", "--format=%(refname)", STAGED).split():
            git.run(self.root, "update-ref", "-d", f"refs/heads/{mark.removeprefix(STAGED + '/')}")
            git.run(self.root, "update-ref", "-d", mark)

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

    def digests(self, site: Path) -> dict[str, str]:
        """Path → the name that git gives to the content."""
        names = files_of(site)
        paths = "\n".join(str((site / name).resolve()) for name in names)
        found = git.run(self.root, "hash-object", "--no-filters", "--stdin-paths", send=paths)
        return dict(zip(names, found.split(), strict=True))

    def send(self, site: Path, record: Mapping[str, Any], message: str) -> list[str]:
        """Commit the site on top of what was held, and push."""
        with tempfile.TemporaryDirectory(prefix="groundwork-publish-") as folder, self._stage():
            copy = Path(folder, "site")
            shutil.copytree(site, copy)
            (copy / RECORD).write_text(written(record), encoding="utf-8")
            self._import(copy, message)
            self._push()
            git.run(self.root, "update-ref", LAST, f"refs/heads/{self.stage}")
        return []

    @contextlib.contextmanager
    def _stage(self) -> Iterator[None]:
        """The staging branch at what was held, or at nothing; gone at the end."""
        mark = git.run(self.root, "hash-object", "-w", "--stdin", send=self.stage).strip()
        git.run(self.root, "update-ref", f"{STAGED}/{self.stage}", mark)
        with contextlib.suppress(GitError):  # nothing is held: the first commit has no parent
            git.run(self.root, "update-ref", f"refs/heads/{self.stage}", LAST)
        try:
            yield
        finally:
            self.tidy()

    def _import(self, copy: Path, message: str) -> None:
        """Run ghp-import; what it committed is compared with the site, since it tells little."""
        command = [
            sys.executable,
            "-m",
            "ghp_import",
            "-n",
            "-b",
            self.stage,
            "-m",
            message,
            str(copy),
        ]
        if domain := self._show("CNAME"):  # a host's own domain name, set there by hand
            command[3:3] = ["-c", domain.strip()]
        environment = os.environ | self._identity()
        done = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True
        )
        try:
            made = self._listing(f"refs/heads/{self.stage}")
        except GitError:
            made = {}
        wanted = {name: digest for name, digest in self.digests(copy).items() if name not in OWN}
        if {name: digest for name, digest in made.items() if name not in OWN} != wanted:
            tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-3:])
            raise PublishError(f"ghp-import could not commit the site, nothing was sent: {tail}")

    def _identity(self) -> dict[str, str]:
        """Who commits, where git was not told: a machine that builds has often no name."""
        known = {}
        for key, name in (("NAME", "user.name"), ("EMAIL", "user.email")):
            try:
                git.run(self.root, "config", name)
            except GitError:
                known[f"GIT_COMMITTER_{key}"] = {"NAME": "Groundwork"}.get(
                    key, "groundwork@localhost"
                )
        return {**known, **{k: v for k, v in os.environ.items() if k in known}}

    def _push(self) -> None:
        before = self._held_tip()
        try:
            spec = f"refs/heads/{self.stage}:refs/heads/{self.branch}"
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
