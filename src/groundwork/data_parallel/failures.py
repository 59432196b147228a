"""What happens when a rank breaks: the bare backend watched without help, then our launcher.

`bare` starts ranks with nothing around them but a short time limit of the backend, and notes what
each rank saw and when. It is how the table of the report is found out.
"""

import os
import pickle
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from groundwork.data_parallel.buckets import reduce_after
from groundwork.data_parallel.digest import check_replicas, model_digest
from groundwork.data_parallel.launch import PRELOAD, RankError, launch
from groundwork.data_parallel.rendezvous import join
from groundwork.data_parallel.tasks import StudentConfig, build_student

CASES = {
    "raises": "a rank raises an error",
    "killed": "a rank is killed (SIGKILL)",
    "absent": "a rank never comes",
    "world": "ranks are told different world sizes",
    "leftover": "a rendezvous file is left over",
    "model": "ranks hold different models",
    "hangs": "a rank hangs",
}
RANKS = 3  # two that are well, one that is not
CULPRIT = 1


@dataclass(frozen=True)
class Seen:
    """What one rank saw: an error's first line, or what it ended with, and after how long."""

    rank: int
    seconds: float
    words: str


def bare(case: str, limit: float) -> list[Seen]:
    """What the well ranks of `case` see of the bare backend, each within `limit` of its own limit.

    A rank that has said nothing some seconds after the backend's limit is noted as hanging.
    """
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    with tempfile.TemporaryDirectory(prefix="groundwork-bare-") as folder:
        path = f"{folder}/rendezvous"
        if case == "leftover":
            _run_and_kill(context, path, limit)
        seen = []
        well = [rank for rank in range(RANKS) if rank != CULPRIT]
        pipes, processes = _start(context, case, path, limit)
        try:
            end = time.monotonic() + limit + 5
            for rank in well:
                if pipes[rank].poll(max(0.0, end - time.monotonic())):
                    seen.append(Seen(rank, *pickle.loads(pipes[rank].recv_bytes())))
                else:
                    seen.append(Seen(rank, limit + 5, "still waiting"))
        finally:
            _end(processes.values())
    return seen


def _start(
    context: Any, case: str, path: str, limit: float
) -> tuple[dict[int, Connection], dict[int, Any]]:
    pipes, processes = {}, {}
    for rank in range(RANKS):
        if case == "absent" and rank == CULPRIT:
            continue
        pipes[rank], theirs = context.Pipe()
        told = RANKS + 1 if case == "world" and rank == CULPRIT else RANKS
        arguments = (theirs, case, rank, told, path, limit)
        processes[rank] = context.Process(target=_bare_rank, args=arguments)
        processes[rank].start()
        theirs.close()
    return pipes, processes


def _run_and_kill(context: Any, path: str, limit: float) -> None:
    """A run that joins and is killed, so that its rendezvous file stays."""
    pipes, processes = _start(context, "hangs", path, limit)
    for pipe in pipes.values():
        pipe.poll(limit)
    _end(processes.values())


def _end(processes: Any) -> None:
    for process in processes:
        process.kill()
        process.join()


def _bare_rank(pipe: Connection, case: str, rank: int, ranks: int, path: str, limit: float) -> None:
    torch.set_num_threads(1)
    begin = time.monotonic()
    try:
        words = _bare_steps(case, rank, ranks, path, limit)
    except Exception as problem:
        if rank == CULPRIT and case == "raises":
            raise SystemExit(1) from problem
        lines = str(problem).strip().splitlines() or [""]
        words = f"{type(problem).__name__}: {lines[0]}"
    pipe.send_bytes(pickle.dumps((time.monotonic() - begin, words)))
    time.sleep(limit + 10)  # the other ranks' fate is not to depend on this one's end


def _bare_steps(case: str, rank: int, ranks: int, path: str, limit: float) -> str:
    dist.init_process_group(
        "gloo", init_method=f"file://{path}", rank=rank, world_size=ranks,
        timeout=timedelta(seconds=limit),
    )  # fmt: skip
    x = torch.ones(1000)
    dist.all_reduce(x)
    if rank == CULPRIT:
        misbehave(case)
    seed = 1 if case == "model" and rank == CULPRIT else 0
    model = build_student(StudentConfig(), seed, torch.float32)
    reduce_after(model)
    digests: list[Any] = [None] * ranks
    dist.all_gather_object(digests, model_digest(model))
    return "no error, models differ" if len(set(digests)) > 1 else "no error"


def misbehave(case: str) -> None:
    """What the guilty rank does."""
    if case == "raises":
        raise ArithmeticError("this rank cannot go on")
    if case == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if case == "hangs":
        time.sleep(3600)


def watched(case: str, limit: float) -> Seen:
    """What `launch` makes of the same case: seconds until all has ended, and its first words."""
    begin = time.monotonic()
    options: dict[str, Any] = {"join_seconds": limit, "stall_seconds": limit}
    ranks = RANKS
    if case == "world":
        options["worlds"] = [RANKS + (rank == CULPRIT) for rank in range(RANKS)]
    if case == "absent":
        ranks, options["worlds"] = RANKS - 1, [RANKS] * (RANKS - 1)
    try:
        if case == "leftover":
            with tempfile.TemporaryDirectory(prefix="groundwork-left-") as folder:
                launch(_meet_twice, 1, (f"{folder}/rendezvous",), **options)
        else:
            launch(_watched_rank, ranks, (case,), **options)
    except RankError as problem:
        return Seen(problem.failures[0].rank, time.monotonic() - begin, problem.failures[0].error)
    return Seen(0, time.monotonic() - begin, "no error")


def _watched_rank(rank: int, ranks: int, case: str) -> None:
    dist.all_reduce(torch.ones(1000))
    if rank == CULPRIT:
        misbehave(case)
    seed = 1 if case == "model" and rank == CULPRIT else 0
    model = build_student(StudentConfig(), seed, torch.float32)
    check_replicas(model)
    reduce_after(model)


def _meet_twice(rank: int, ranks: int, path: str) -> None:
    dist.destroy_process_group()
    for _ in range(2):
        join(rank, ranks, f"file://{path}", 5.0, 5.0)
        dist.destroy_process_group()


def summary(seen: Sequence[Seen]) -> tuple[float, str]:
    """The slowest well rank's seconds, and the distinct words of all."""
    return max(s.seconds for s in seen), "; ".join(sorted({s.words for s in seen}))
