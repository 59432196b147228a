"""Lifeline: a step ends when the run that started it dies, so a killed run leaves no orphans."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

VARIABLE = "GROUNDWORK_RUN_PID"  # set by the Snakefile of a local run


def hold() -> None:
    """Watch the run named by `$GROUNDWORK_RUN_PID`; kill this process and its children with it.

    A run that is dead already ends this process here, before it writes anything. Without the
    variable (a command pasted into a shell) nothing happens.
    """
    run = os.environ.get(VARIABLE, "")
    if not run.isdigit():
        return
    if not _alive(int(run)):
        sys.exit(f"the run that started this (pid {run}) has ended")
    threading.Thread(target=_watch, args=(int(run),), daemon=True).start()


def _watch(run: int) -> None:
    try:
        import select

        handle = os.pidfd_open(run)  # Linux: wakes at once
        select.select([handle], [], [])
    except (AttributeError, OSError):
        while _alive(run):
            time.sleep(0.2)
    for pid in descendants(os.getpid()):
        _kill(pid)
    os.kill(os.getpid(), signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """Process ids below `pid`, deepest first (Linux; elsewhere an empty list)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found: list[int] = []
    frontier = [pid]
    while frontier:
        below = children.get(frontier.pop(), [])
        found += below
        frontier += below
    return found[::-1]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # alive, and somebody else's
    return True


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it ended first
