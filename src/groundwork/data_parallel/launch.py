"""Ranks: started here or by torchrun or Slurm, joined, watched; one that fails ends them all.

`launch` starts one process a rank and is the only one that waits without limit. A rank's death is
seen by its process, an exception by the message that it leaves; both end the run within a moment,
the guilty rank's own error first. A rank ends when its launcher does, whatever it is doing.
"""

import multiprocessing.connection
import pickle
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import torch
import torch.multiprocessing as mp

from groundwork.data_parallel.worker import run_rank

JOIN_SECONDS = 8.0  # for the slowest rank to come, once the first is there
START_SECONDS = 180.0  # for the first: Python and PyTorch may have to be read from a slow disk
STALL_SECONDS = 300.0  # without an answer in a collective
GRACE = (
    0.5  # seconds for other ranks to report, so that the guilty one can be told from its victims
)
# What a rank would otherwise import for itself, the caller's own script included
PRELOAD = ["__main__", "torch.distributed", "groundwork.data_parallel.bench"]


@dataclass(frozen=True)
class Failure:
    """How one rank ended: `own` is False where it only lost a neighbour that had failed."""

    rank: int
    error: str
    own: bool
    seconds: float
    trace: str = ""


class RankError(RuntimeError):
    """A run that failed; `failures` has the guilty rank first."""

    def __init__(self, failures: Sequence[Failure], world_size: int) -> None:
        self.failures = list(failures)
        first, *others = self.failures
        text = f"rank {first.rank} of {world_size}: {first.error}"
        if others:
            text += "; then " + "; ".join(f"rank {f.rank}: {f.error}" for f in others)
        super().__init__(text + (f"\n{first.trace}" if first.trace else ""))


def launch(
    work: Callable[..., Any],
    world_size: int,
    arguments: Sequence[Any] = (),
    *,
    join_seconds: float = JOIN_SECONDS,
    stall_seconds: float = STALL_SECONDS,
    worlds: Sequence[int] | None = None,
    optimizers: bool = False,
) -> list[Any]:
    """`work(rank, world_size, *arguments)` on every rank, in processes that form one group.

    Returns each rank's result. `work` and what it returns must be picklable. `worlds` tells each
    rank another number of ranks: a mistake to be caught. `optimizers` says that
    ranks make some: PyTorch's first one imports its compiler, two seconds of processor time that
    are spent here once.
    Raises: `RankError` within seconds of the first failure, no process left behind.
    Checked by: tests/data_parallel/test_failures.py.
    """
    if world_size < 1:
        raise ValueError(f"a run has at least 1 rank, not {world_size}")
    context = mp.get_context(start_method())
    if context.get_start_method() == "forkserver":  # PyTorch is imported once, not once a rank
        context.set_forkserver_preload([*PRELOAD, *["torch._dynamo"] * optimizers])
    elif optimizers:
        import torch._dynamo  # noqa: F401
    # Fresh, and gone afterwards: no rank ever meets another run's addresses.
    with tempfile.TemporaryDirectory(prefix="groundwork-ranks-") as folder:
        address = f"file://{folder}/rendezvous"
        watch = _Watch(world_size, join_seconds)
        try:
            for rank in range(world_size):
                told = worlds[rank] if worlds else world_size
                how = (address, join_seconds, stall_seconds)
                watch.start(context, rank, (work, rank, told, how, tuple(arguments)))
            return watch.until_done()
        finally:
            watch.end_all()


@dataclass
class _Watch:
    """The launcher's view of its ranks."""

    world_size: int
    join_seconds: float
    processes: list[Any] = field(default_factory=list)
    pipes: list[Connection] = field(default_factory=list)
    held: list[Connection] = field(default_factory=list)  # closed when the launcher ends
    results: dict[int, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    joined: set[int] = field(default_factory=set)
    come: set[int] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    deadline: float = field(default_factory=lambda: time.monotonic() + START_SECONDS)

    def start(self, context: Any, rank: int, job: tuple[Any, ...]) -> None:
        ours, theirs = context.Pipe()
        watched, held = context.Pipe(duplex=False)
        forked = context.get_start_method() == "fork"
        # A forked rank has copies of these: while it keeps them, no end of the launcher is seen.
        copies = [*self.pipes, *self.held, ours, held] if forked else []
        process = context.Process(
            target=run_rank, args=(theirs, watched, copies, *job), name=f"rank {rank}"
        )
        process.start()
        theirs.close()
        watched.close()
        self.processes.append(process)
        self.pipes.append(ours)
        self.held.append(held)

    def until_done(self) -> list[Any]:
        while len(self.results) < self.world_size:
            joining = len(self.joined) < self.world_size
            left = self.deadline - time.monotonic()
            if joining and left <= 0 and not self.failures:
                self._report_missing()
            if self.failures:
                self._collect_for(GRACE)
                raise RankError(sorted(self.failures, key=_guilt), self.world_size)
            self._collect(left if joining else None)
        return [self.results[rank] for rank in range(self.world_size)]

    def _report_missing(self) -> None:
        missing = sorted(set(range(self.world_size)) - self.come) or sorted(
            set(range(self.world_size)) - self.joined
        )
        for rank in missing:
            error = f"has not come within {self.join_seconds:g} s"
            self.failures.append(Failure(rank, error, True, time.monotonic() - self.began))

    def _collect_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and len(self.failures) < self.world_size:
            self._collect(left)

    def _collect(self, seconds: float | None) -> None:
        """Take what has come: reports, and ends of processes that left none."""
        reported = {f.rank for f in self.failures} | set(self.results)
        waiting: dict[Any, int] = {}
        for rank in set(range(self.world_size)) - reported:
            waiting[self.pipes[rank]] = rank
            waiting[self.processes[rank].sentinel] = rank
        ready = multiprocessing.connection.wait(list(waiting), seconds)
        for rank in {waiting[thing] for thing in ready}:  # type: ignore[index]
            self._take(rank)

    def _take(self, rank: int) -> None:
        pipe, process = self.pipes[rank], self.processes[rank]
        ended = not process.is_alive()  # asked first: what it said before is in the pipe
        try:
            while pipe.poll():
                kind, content = pickle.loads(pipe.recv_bytes())
                if kind == "come":
                    if not self.come:  # a second more than the ranks themselves wait
                        self.deadline = time.monotonic() + self.join_seconds + 1
                    self.come.add(rank)
                elif kind == "joined":
                    self.joined.add(rank)
                elif kind == "done":
                    self.joined.add(rank)
                    self.results[rank] = content
                    return
                else:
                    self.failures.append(Failure(rank, *content))
                    return
        except (EOFError, OSError):
            process.join(5)  # it is ending without a last word
            ended = True
        if ended:
            self.failures.append(
                Failure(rank, _death(process.exitcode or 0), True, time.monotonic() - self.began)
            )

    def end_all(self) -> None:
        """Ranks that work leave by themselves; all others are killed. None is left."""
        failed = len(self.results) < self.world_size
        for process in self.processes:
            if not failed:
                process.join(5)
            if process.is_alive():
                process.kill()
            process.join()
        for end in (*self.pipes, *self.held):
            end.close()


def start_method() -> str:
    """How ranks are started: `fork` where that is safe, since it takes no import; else a server.

    A copy of a process has none of its other threads, and whatever these had locked stays locked.
    Threads that are daemons (a watch over the parent) only wait. CUDA cannot be copied at all.
    """
    others = [t for t in threading.enumerate() if t is not threading.main_thread()]
    alone = threading.current_thread() is threading.main_thread() and all(t.daemon for t in others)
    known = mp.get_all_start_methods()
    if alone and sys.platform == "linux" and not torch.cuda.is_initialized():
        return "fork"
    return "forkserver" if "forkserver" in known else "spawn"


def _guilt(failure: Failure) -> tuple[bool, float]:
    return (not failure.own, failure.seconds)


def _death(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with status {code} and no word"
