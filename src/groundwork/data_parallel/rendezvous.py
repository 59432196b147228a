"""How ranks meet: by a fresh file or torchrun's store, told apart when something is amiss."""

import os
import time
from datetime import timedelta

import torch
import torch.distributed as dist


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
    if backend == "nccl":
        torch.cuda.set_device(_local_rank())
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
        return torch.device("cuda", _local_rank())
    return torch.device("cpu")


def _local_rank() -> int:
    """This rank's number among those of its machine."""
    return int(os.environ.get("LOCAL_RANK") or os.environ.get("SLURM_LOCALID") or "0")
