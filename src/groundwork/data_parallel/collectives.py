"""All-reduce by messages: ring, recursive doubling, binary tree, and a direct sum that fails.

Each function replaces a tensor by its sum over the ranks of a group, with `isend` and `irecv`
alone. Three of them leave the same bits on every rank; `direct_all_reduce` shows how that is lost.

Letters: N ranks, M bytes of the tensor.
"""

from collections.abc import Callable, Iterator

import torch
import torch.distributed as dist
from torch import Tensor

Group = dist.ProcessGroup | None
SEGMENT = 1 << 22  # bytes of a message of the ring at most: each costs a round trip of its own
AHEAD = 4  # receptions posted before their turn
DTYPES = (torch.float32, torch.float64, torch.bfloat16)


def ring_all_reduce(tensor: Tensor, group: Group = None, *, segment: int = SEGMENT) -> Tensor:
    """The sum over all ranks, in place: N − 1 steps that reduce, N − 1 that hand results round.

    The tensor is cut into N chunks. In step k each rank sends one chunk to its right and receives
    another from its left; what it received in a step, it sends in the next. In the first N − 1
    steps it adds its own numbers first, so every chunk collects its sum along the ring, in one
    fixed order; in the last N − 1 steps finished chunks pass unchanged. Hence every rank ends
    with the same bits. Each rank sends 2(N − 1)/N · M bytes, the least that is possible.

    Shapes: any, contiguous; float32, float64 or bfloat16; empty and shorter than N are fine.
    Raises: `ValueError` for another dtype or a tensor that is not contiguous.
    Source: Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms" (2009), section 3.
    Differs: a chunk travels in segments, so that adding one overlaps with receiving the next.
    Checked by: tests/data_parallel/test_collectives.py (float64 sum, every length up to 3N).
    """
    flat = _flat(tensor)
    rank, ranks = dist.get_rank(group), dist.get_world_size(group)
    if ranks == 1 or not flat.numel():
        return tensor
    chunks = [chunk_slice(flat.numel(), ranks, i) for i in range(ranks)]
    longest = chunks[0].stop - chunks[0].start
    width = min(longest, max(1, segment // flat.element_size()))
    parts = -(-longest // width)
    exchange = _Exchange(flat, (rank + 1) % ranks, (rank - 1) % ranks, group)

    def piece(step: int, part: int) -> Tensor:
        """What arrives in a step: a part of chunk `rank − step − 1`."""
        chunk = chunks[(rank - step - 1) % ranks]
        return flat[min(chunk.start + part * width, chunk.stop) : chunk.stop][:width]

    steps = 2 * (ranks - 1)
    for part in range(parts):
        exchange.send(piece(-1, part))
    arriving = [(piece(k, part), k < ranks - 1) for k in range(steps) for part in range(parts)]
    forwarded = len(arriving) - parts
    for at, arrived in enumerate(exchange.receive(arriving, width)):
        if at < forwarded:
            exchange.send(arrived)
    exchange.finish()
    return tensor


def recursive_doubling_all_reduce(tensor: Tensor, group: Group = None) -> Tensor:
    """The sum over all ranks, in place, in ⌈log₂ N⌉ exchanges of the whole tensor with a partner.

    In round k, ranks that differ in bit k alone exchange what they hold and add it. Both compute
    a + b of the same two numbers, and addition commutes, so partners hold equal bits; by
    induction so do all. Ranks beyond the largest power of two hand theirs to a partner first and
    get the sum back at the end.

    Shapes, raises: as `ring_all_reduce`.
    Source: Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations
    in MPICH" (2005), section 4.
    Checked by: tests/data_parallel/test_collectives.py.
    """
    flat = _flat(tensor)
    rank, ranks = dist.get_rank(group), dist.get_world_size(group)
    core = 1 << (ranks.bit_length() - 1)  # the largest power of two
    if ranks == 1 or not flat.numel():
        return tensor
    if rank >= core:
        _send(flat, rank - core, group).wait()
        _receive(flat, rank - core, group).wait()
        return tensor
    scratch = torch.empty_like(flat)
    if rank + core < ranks:
        _receive(scratch, rank + core, group).wait()
        flat += scratch
    distance = 1
    while distance < core:
        partner = rank ^ distance
        arriving = _receive(scratch, partner, group)
        sent = _send(flat, partner, group)
        arriving.wait()
        sent.wait()
        flat += scratch
        distance *= 2
    if rank + core < ranks:
        _send(flat, rank + core, group).wait()
    return tensor


def tree_all_reduce(tensor: Tensor, group: Group = None) -> Tensor:
    """The sum over all ranks, in place: up a binomial tree to rank 0, and down again.

    Rank 0 alone finishes the sum, so every rank gets the same bits.
    Shapes, raises: as `ring_all_reduce`.
    Source: Thakur, Rabenseifner and Gropp (2005), section 3 (binomial trees).
    Checked by: tests/data_parallel/test_collectives.py.
    """
    flat = _flat(tensor)
    rank, ranks = dist.get_rank(group), dist.get_world_size(group)
    if ranks == 1 or not flat.numel():
        return tensor
    scratch = torch.empty_like(flat)
    distance = 1
    while distance < ranks and not rank & distance:
        if rank + distance < ranks:
            _receive(scratch, rank + distance, group).wait()
            flat += scratch
        distance *= 2
    if rank:  # `distance` is this rank's lowest bit: its parent lies that far below
        _send(flat, rank - distance, group).wait()
        _receive(flat, rank - distance, group).wait()
    while distance > 1:
        distance //= 2
        if rank + distance < ranks:
            _send(flat, rank + distance, group).wait()
    return tensor


def direct_all_reduce(tensor: Tensor, group: Group = None) -> Tensor:
    """The sum over all ranks, in place, each rank adding what the others sent to its own.

    Every rank adds in another order, and floating-point addition is not associative: from three
    ranks on, replicas drift apart. Kept to show this; it also sends (N − 1) · M bytes a rank.
    Shapes, raises: as `ring_all_reduce`.
    """
    flat = _flat(tensor)
    rank, ranks = dist.get_rank(group), dist.get_world_size(group)
    if not flat.numel():
        return tensor
    others = [(rank + shift) % ranks for shift in range(1, ranks)]
    own, scratch = flat.clone(), [torch.empty_like(flat) for _ in others]
    arriving = [_receive(s, r, group) for s, r in zip(scratch, others, strict=True)]
    sent = [_send(own, r, group) for r in others]
    for work, received in zip(arriving, scratch, strict=True):
        work.wait()
        flat += received
    for work in sent:
        work.wait()
    return tensor


def library_all_reduce(tensor: Tensor, group: Group = None) -> Tensor:
    """The same by the backend's own `dist.all_reduce`."""
    dist.all_reduce(tensor, group=group)
    return tensor


ALGORITHMS: dict[str, Callable[[Tensor, Group], Tensor]] = {
    "ring": ring_all_reduce,
    "doubling": recursive_doubling_all_reduce,
    "tree": tree_all_reduce,
    "direct": direct_all_reduce,
    "library": library_all_reduce,
}


def chunk_slice(length: int, parts: int, index: int) -> slice:
    """Entries of part `index` of `parts` that differ by one at most, longer ones first."""
    short, longer = divmod(length, parts)
    start = index * short + min(index, longer)
    return slice(start, start + short + (index < longer))


class _Exchange:
    """Messages from the left neighbour and to the right one, several under way at a time."""

    def __init__(self, flat: Tensor, right: int, left: int, group: Group) -> None:
        self.flat, self.right, self.left, self.group = flat, right, left, group
        self.sent: list[dist.Work] = []

    def send(self, piece: Tensor) -> None:
        if piece.numel():
            self.sent.append(_send(piece, self.right, self.group))

    def receive(self, pieces: list[tuple[Tensor, bool]], width: int) -> Iterator[Tensor]:
        """Each piece once it has arrived; those marked have the arrived numbers added to them.

        Receptions are posted before their turn: the backend sends only what is awaited. A finished
        chunk may arrive straight in its place: the sums in it have been sent on by then, since
        what arrives was computed from them.
        """
        ahead = min(AHEAD, len(pieces))
        scratch = self.flat.new_empty(ahead, width)
        pending: list[tuple[dist.Work | None, Tensor]] = []

        def post(at: int) -> None:
            piece, adds = pieces[at]
            place = scratch[at % ahead, : piece.numel()] if adds else piece
            work = _receive(place, self.left, self.group) if piece.numel() else None
            pending.append((work, place))

        for at in range(ahead):
            post(at)
        for at, (piece, adds) in enumerate(pieces):
            work, place = pending[at]
            if work is not None:
                work.wait()
            if adds:
                piece += place
            if at + ahead < len(pieces):
                post(at + ahead)
            yield piece

    def finish(self) -> None:
        for work in self.sent:
            work.wait()


def _flat(tensor: Tensor) -> Tensor:
    if tensor.dtype not in DTYPES:
        known = ", ".join(str(dtype) for dtype in DTYPES)
        raise ValueError(f"an all-reduce here takes {known}, not {tensor.dtype}")
    if not tensor.is_contiguous():
        raise ValueError(
            "an all-reduce in place needs a contiguous tensor; reduce tensor.contiguous() and "
            "copy the result back"
        )
    return tensor.detach().view(-1)


def _send(tensor: Tensor, rank: int, group: Group) -> dist.Work:
    work = dist.isend(tensor, group=group, group_dst=rank)
    assert work is not None  # None is for processes outside the group
    return work


def _receive(tensor: Tensor, rank: int, group: Group) -> dist.Work:
    work = dist.irecv(tensor, group=group, group_src=rank)
    assert work is not None
    return work
