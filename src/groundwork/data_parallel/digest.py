"""Digests: whether ranks hold the same bits, without sending the bits."""

import hashlib
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from groundwork.data_parallel.rendezvous import device_here


def digest(tensors: Iterable[Tensor]) -> str:
    """SHA-256 of the tensors' shapes, dtypes and bytes, in hexadecimal."""
    found = hashlib.sha256()
    for tensor in tensors:
        plain = tensor.detach().cpu().contiguous()
        found.update(f"{tuple(plain.shape)} {plain.dtype};".encode())
        found.update(plain.view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def model_digest(module: nn.Module) -> str:
    """The digest of parameters and buffers, in the order of their names."""
    return digest(value for _, value in sorted(module.state_dict().items()))


def all_digests(own: str, group: dist.ProcessGroup | None = None) -> list[str]:
    """Every rank's digest, by rank."""
    ranks = dist.get_world_size(group)
    device = device_here()
    mine = torch.tensor(list(bytes.fromhex(own)), dtype=torch.uint8, device=device)
    found = [torch.empty_like(mine) for _ in range(ranks)]
    dist.all_gather(found, mine, group=group)
    return [bytes(one.tolist()).hex() for one in found]


def check_replicas(module: nn.Module, group: dist.ProcessGroup | None = None) -> None:
    """Raises `ValueError` on every rank where some rank's model differs from rank 0's."""
    found = all_digests(model_digest(module), group)
    differing = [str(rank) for rank, one in enumerate(found) if one != found[0]]
    if differing:
        raise ValueError(
            f"rank {', '.join(differing)} holds another model than rank 0 "
            f"({found[int(differing[0])][:12]} against {found[0][:12]}): build it from the same "
            "seed, or load the same checkpoint, on every rank"
        )
