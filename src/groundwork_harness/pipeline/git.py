"""Git, called with its words kept: what publishing asks of a repository and of its remotes."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 60  # seconds that a remote gets to answer its first question


class GitError(RuntimeError):
    """Git said no; the message is its own."""


def run(
    root: Path,
    *words: str,
    send: str = "",
    patience: float | None = None,
    more: Mapping[str, str] | None = None,
) -> str:
    """The output of `git WORDS` in `root`, its input being `send`. Raises `GitError`.

    `more`: variables of its environment besides this process's.
    """
    environment = {**os.environ, **(more or {})}
    if not sys.stdin or not sys.stdin.isatty():
        environment["GIT_TERMINAL_PROMPT"] = "0"  # nobody is there to be asked for a password
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=root,
            env=environment,
            input=send.encode(),
            capture_output=True,
            timeout=patience,
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"no answer in {patience:.0f} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace")
        raise GitError("\n".join(said.strip().splitlines()[-6:]))
    return done.stdout.decode(errors="surrogateescape")


def head(root: Path) -> str | None:
    """The commit that is checked out; None where there is none."""
    try:
        return run(root, "rev-parse", "--verify", "--quiet", "HEAD").strip() or None
    except GitError:
        return None


def edits(root: Path) -> list[str] | None:
    """Paths that differ from the commit, new ones included; None without version control."""
    try:
        lines = run(root, "status", "--porcelain", "-z", "--untracked-files=normal").split("\0")
    except GitError:
        return None
    return [line[3:] for line in lines if line[:2].strip() and line[2:3] == " "]
