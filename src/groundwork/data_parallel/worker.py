"""A rank's process: it joins, works, reports in plain bytes, and ends when its launcher does."""

import os
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import torch
import torch.distributed as dist

from groundwork.data_parallel.rendezvous import join


def run_rank(
    pipe: Connection,
    watched: Connection,
    copies: Sequence[Connection],
    work: Callable[..., Any],
    rank: int,
    world_size: int,
    how: tuple[str, float, float],
    arguments: tuple[Any, ...],
) -> None:
    """Join, work, report to `pipe`; `watched` closes when the launcher ends, `copies` are closed here."""
    began = time.monotonic()
    for copy in copies:
        copy.close()
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
