"""Ranks: started here or by torchrun or Slurm, joined, watched; one that fails ends them all.

`launch` starts one process a rank and is the only one that waits without limit. A rank's death is
seen by its process, an exception by the message that it leaves; both end the run within a moment,
the guilty rank's own error first. A rank ends when its launcher does, whatever it is doing.
"""

import multiprocessing.connection
import os
import pickle
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

JOIN_SECONDS = 8.0  # for the slowest rank to come, once the first was started here
STALL_SECONDS = 300.0  # without an answer in a collective
GRACE = 0.5  # seconds for other ranks to report, so that the guilty one can be told from its victims
PRELOAD = ["torch", "torch.distributed", "groundwork.data_parallel.training"]


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
) -> list[Any]:
    """`work(rank, world_size, *arguments)` on every rank, in processes that form one group.

    Returns each rank's result. `work` and what it returns must be picklable. `worlds` tells each
    rank another number of ranks: a mistake to be caught.
    Raises: `RankError` within seconds of the first failure, no process left behind.
    Checked by: tests/data_parallel/test_failures.py.
    """
    if world_size < 1:
        raise ValueError(f"a run has at least 1 rank, not {world_size}")
    method = "forkserver" if "forkserver" in mp.get_all_start_methods() else "spawn"
    context = mp.get_context(method)
    if method == "forkserver":  # PyTorch is imported once, not once a rank
        context.set_forkserver_preload(PRELOAD)
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

    def start(self, context: Any, rank: int, job: tuple[Any, ...]) -> None:
        ours, theirs = context.Pipe()
        watched, held = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(theirs, watched, *job), name=f"rank {rank}")
        process.start()
        theirs.close()
        watched.close()
        self.processes.append(process)
        self.pipes.append(ours)
        self.held.append(held)

    def until_done(self) -> list[Any]:
        began = time.monotonic()
        while len(self.results) < self.world_size:
            joining = len(self.joined) < self.world_size
            left = began + self.join_seconds + 1 - time.monotonic()
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


def _guilt(failure: Failure) -> tuple[bool, float]:
    return (not failure.own, failure.seconds)


def _death(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with status {code} and no word"


def _run(
    pipe: Connection,
    watched: Connection,
    work: Callable[..., Any],
    rank: int,
    world_size: int,
    how: tuple[str, float, float],
    arguments: tuple[Any, ...],
) -> None:
    """One rank's process."""
    began = time.monotonic()
    threading.Thread(target=_end_with_launcher, args=(watched,), daemon=True).start()
    torch.set_num_threads(1)
    try:
        _tell(pipe, "come")
        join(rank, world_size, *how)
        _tell(pipe, "joined")
        _tell(pipe, "done", work(rank, world_size, *arguments))
        if dist.is_initialized():
            dist.destroy_process_group()
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}"
        report = (error, not _lost_peer(problem), time.monotonic() - began, traceback.format_exc())
        _tell(pipe, "failed", report)
        # What is under way is for ranks that may be gone: waiting for it could take for ever.
        os._exit(1)


def _tell(pipe: Connection, kind: str, content: Any = None) -> None:
    """Plain bytes: `send` would lend a tensor's memory, which ends with the rank."""
    pipe.send_bytes(pickle.dumps((kind, content)))


def _end_with_launcher(watched: Connection) -> None:
    try:
        watched.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


LOST = ("closed by peer", "reset by peer", "broken pipe", "timed out", "connection refused", "gloo")


def _lost_peer(problem: BaseException) -> bool:
    """Whether an error says no more than that another rank is gone."""
    words = str(problem).lower()
    lost = isinstance(problem, dist.DistError) or any(word in words for word in LOST)
    return isinstance(problem, RuntimeError) and lost


def join(
    rank: int, world_size: int, address: str, join_seconds: float, stall_seconds: float
) -> None:
    """Form the process group of `world_size` ranks that meet at `address`.

    `address` is `file://PATH` of a file that no run has used, or `env://` (torchrun). Gloo, or
    NCCL where every rank of this machine has a GPU of its own.
    Raises: `ValueError` for a file left over from another run or ranks told different world sizes,
    `TimeoutError` that names a rank that does not come.
    """
    if not 0 <= rank < world_size:
        raise ValueError(f"rank {rank} is not one of {world_size} ranks (0 to {world_size - 1})")
    backend, limit = backend_here(), timedelta(seconds=stall_seconds)
    if address == "env://":
        dist.init_process_group(backend, timeout=limit)
        return
    path = address.removeprefix("file://")
    store = dist.FileStore(path)
    if store.add(f"come/{rank}", 1) > 1:
        raise ValueError(
            f"rendezvous file {path}: rank {rank} has come here before; the file is left over from "
            "another run (remove it), or two processes were given one rank"
        )
    store.set(f"world/{rank}", str(world_size))
    _meet(store, rank, world_size, join_seconds)
    # -1: the store does not count its users, and so never removes the file under a late one
    dist.init_process_group(backend, store=store, rank=rank, world_size=world_size, timeout=limit)


def _meet(store: dist.Store, rank: int, world_size: int, join_seconds: float) -> None:
    end = time.monotonic() + join_seconds
    for other in range(world_size):
        left = max(0.01, end - time.monotonic())
        try:
            store.wait([f"world/{other}"], timedelta(seconds=left))
        except RuntimeError:
            raise TimeoutError(f"rank {other} has not come within {join_seconds:g} s") from None
        told = int(store.get(f"world/{other}"))
        if told != world_size:
            raise ValueError(
                f"rank {rank} was told that there are {world_size} ranks, rank {other} that there "
                f"are {told}"
            )


def backend_here() -> str:
    """NCCL where each rank on this machine can have a GPU of its own, else Gloo."""
    local = os.environ.get("LOCAL_WORLD_SIZE") or os.environ.get("SLURM_NTASKS_PER_NODE") or "0"
    ranks = int(local) if local.isdigit() else 0
    able = dist.is_nccl_available() and torch.cuda.is_available()
    return "nccl" if able and 0 < ranks <= torch.cuda.device_count() else "gloo"


def device_here() -> torch.device:
    """The device of this rank: its GPU under NCCL, else the CPU."""
    if dist.is_initialized() and dist.get_backend() == "nccl":
        local = os.environ.get("LOCAL_RANK") or os.environ.get("SLURM_LOCALID") or "0"
        return torch.device("cuda", int(local))
    return torch.device("cpu")
