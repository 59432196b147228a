"""ZeRO: optimizer states, then gradients too, held in parts, one part a rank.

All parameters lie in one flat tensor, in reverse order, so that a bucket of gradients is a range
of it and so is the part that a rank owns. Three stages differ in what a rank holds for the rest:

    0  everything                     (plain data parallelism, in the same memory layout)
    1  weights and gradients          ZeRO-1: AdamW's states for the own part alone
    2  weights                        ZeRO-2: a bucket's gradients go to their owners and are freed

Letters: N ranks, P parameters.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.distributed as dist
from torch import Tensor, nn

from groundwork.data_parallel.buckets import BUCKET_BYTES, Bucket, Gatherer, fill_buckets
from groundwork.data_parallel.digest import check_replicas


@dataclass(frozen=True)
class AdamWConfig:
    """AdamW's knobs, the same for every parameter."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0


@dataclass
class _Pieces:
    """A bucket under way to the owners of its parts (stage 2)."""

    works: list[dist.Work] = field(default_factory=list)
    own: list[tuple[slice, Tensor]] = field(default_factory=list)


class ZeroOptimizer:
    """AdamW over all ranks' gradients, with states sharded by `stage`.

    `precision` "same" updates the weights in their own dtype; "mixed" keeps the model in bfloat16
    and a float32 copy of the owned part, which is what is updated.
    Use: `zero.backward(loss)`, then `zero.step()`. The gradient is that of the sum of all ranks'
    losses times `scale` (default 1/N).

    Source: Rajbhandari et al., "ZeRO: Memory Optimizations Toward Training Trillion Parameter
    Models" (2020), sections 3 and 5.
    Differs: parts are equal ranges of entries, not whole parameters, so that no rank owns more.
    Checked by: tests/data_parallel/test_sharded.py (weights equal the unsharded run's).
    """

    def __init__(
        self,
        module: nn.Module,
        config: AdamWConfig,
        *,
        stage: int,
        precision: str = "same",
        bucket_bytes: int = BUCKET_BYTES,
        group: dist.ProcessGroup | None = None,
    ) -> None:
        if stage not in (0, 1, 2):
            raise ValueError(f"stage {stage} is none of 0, 1, 2")
        if precision not in ("same", "mixed"):
            raise ValueError(f"precision {precision!r} is neither same nor mixed")
        self.stage, self.group, self.module = stage, group, module
        self.rank, self.ranks = dist.get_rank(group), dist.get_world_size(group)
        check_replicas(module, group)
        parameters = [p for p in module.parameters() if p.requires_grad]
        self.count = sum(p.numel() for p in parameters)
        self.weights, initial = _flatten(parameters, self.ranks, precision)
        size = len(self.weights) // self.ranks
        self.owned = slice(self.rank * size, (self.rank + 1) * size)
        held = self.owned if stage else slice(0, len(self.weights))
        self.part = self.weights[held]
        self.master = nn.Parameter(initial[held].clone() if precision == "mixed" else self.part)
        adam = (config.learning_rate, (config.beta1, config.beta2), config.epsilon)
        self.optimizer = torch.optim.AdamW(
            [self.master], *adam, weight_decay=config.weight_decay, fused=True
        )
        self.buckets = fill_buckets(parameters, bucket_bytes)
        full = stage < 2
        self.gradients = torch.zeros_like(self.weights if full else self.part)
        self.works: list[dist.Work] = []
        self.pieces: list[_Pieces] = []
        self.most_gradient_bytes = 0
        self.gatherer = Gatherer(self.buckets, self._reduce if full else self._reduce_to_owners)

    @contextmanager
    def local(self) -> Iterator[None]:
        """Backward passes that add to this rank's own gradients and send nothing."""
        self.gatherer.active = False
        try:
            yield
        finally:
            self.gatherer.active = True

    def backward(self, loss: Tensor, *, scale: float | None = None) -> None:
        """Gradients of the ranks' losses, summed and scaled, where this stage holds them."""
        self.gatherer.reset()
        (loss * (1 / self.ranks if scale is None else scale)).backward()
        if not self.gatherer.active:
            return
        self.gatherer.complete()
        for work in self.works:
            work.wait()
        self.works.clear()
        while self.pieces:
            self._take(self.pieces.pop(0))

    def step(self) -> None:
        """Update the own part, hand it to the others, and clear the gradients."""
        gradient = self.gradients
        if self.stage == 1:
            gradient = gradient[self.owned]
        self.master.grad = gradient.to(self.master.dtype)
        self.optimizer.step()
        self.master.grad = None
        if self.part.dtype != self.master.dtype:
            self.part.copy_(self.master.detach())
        if self.stage:
            all_gather(self.weights, self.part, self.group)
        for bucket in self.buckets:
            for parameter in bucket.parameters:
                parameter.grad = None

    def _reduce(self, bucket: Bucket) -> None:
        flat = self.gradients[bucket.start : bucket.stop]
        for parameter, span in bucket.spans():
            _move_gradient(parameter, flat[span])
            parameter.grad = flat[span].view_as(parameter)
        work = dist.all_reduce(flat, group=self.group, async_op=True)
        assert work is not None
        self.works.append(work)

    def _reduce_to_owners(self, bucket: Bucket) -> None:
        """The small change of stage 2: a bucket is summed at its owners and held by nobody else."""
        flat = self.weights.new_empty(bucket.stop - bucket.start)
        for parameter, span in bucket.spans():
            _move_gradient(parameter, flat[span])
            parameter.grad = None
        pieces = _Pieces()
        for owner, span in self._owners(bucket):
            piece = flat[span.start - bucket.start : span.stop - bucket.start]
            work = dist.reduce(piece, group_dst=owner, group=self.group, async_op=True)
            assert work is not None
            pieces.works.append(work)
            if owner == self.rank:
                start = self.owned.start
                pieces.own.append((slice(span.start - start, span.stop - start), piece))
        self.pieces.append(pieces)
        self._count(flat)
        if len(self.pieces) > 2:  # more under way would be as many gradients held
            self._take(self.pieces.pop(0))

    def _take(self, pieces: _Pieces) -> None:
        for work in pieces.works:
            work.wait()
        for place, piece in pieces.own:
            self.gradients[place].copy_(piece)

    def _count(self, flat: Tensor) -> None:
        held = self.gradients.nbytes + flat.nbytes * len(self.pieces)
        self.most_gradient_bytes = max(self.most_gradient_bytes, held)

    def _owners(self, bucket: Bucket) -> Iterator[tuple[int, slice]]:
        """Ranks that own entries of a bucket, and which."""
        size = len(self.weights) // self.ranks
        for owner in range(bucket.start // size, (bucket.stop - 1) // size + 1):
            start, stop = max(bucket.start, owner * size), min(bucket.stop, (owner + 1) * size)
            yield owner, slice(start, stop)

    def held_bytes(self) -> dict[str, int]:
        """Bytes that this rank holds between steps, counted in its tensors."""
        states = [v for v in self.optimizer.state[self.master].values() if v.numel() > 1]
        own = [] if self.master.data_ptr() == self.part.data_ptr() else [self.master]
        return {
            "weights": self.weights.nbytes,
            "gradients": self.gradients.nbytes,
            "states": sum(t.nbytes for t in [*own, *states]),
        }

    def own_state(self) -> dict[str, Tensor]:
        """Master weights and moments of the owned entries, padding left out."""
        moments = self.optimizer.state[self.master]
        held = {"master": self.master.detach(), **moments}
        whole = self.stage == 0
        stop = min(self.owned.stop, self.count) - self.owned.start
        offset = self.owned.start if whole else 0
        return {
            name: value if value.dim() == 0 else value[offset : offset + max(0, stop)].clone()
            for name, value in held.items()
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from all ranks' `own_state`, joined in the order of ranks: each takes its part."""
        held = self.owned if self.stage else slice(0, len(self.weights))
        padding = len(self.weights) - self.count
        padded = {
            name: value if value.dim() == 0 else nn.functional.pad(value, (0, padding))[held]
            for name, value in state.items()
        }
        with torch.no_grad():
            self.master.copy_(padded.pop("master"))
            self.part.copy_(self.master)
        self.optimizer.state[self.master] = {name: value.clone() for name, value in padded.items()}
        if self.stage:
            all_gather(self.weights, self.part, self.group)


def all_gather(whole: Tensor, part: Tensor, group: dist.ProcessGroup | None) -> None:
    """Every rank's equal part, in the order of ranks, into `whole`."""
    gather = getattr(dist, "all_gather_single", dist.all_gather_into_tensor)  # renamed in 2.13
    gather(whole, part, group=group)


def _flatten(parameters: list[nn.Parameter], ranks: int, precision: str) -> tuple[Tensor, Tensor]:
    """One flat tensor that the parameters become views of, padded to a multiple of N; a float copy."""
    ordered = list(reversed(parameters))
    initial = torch.cat([p.detach().reshape(-1) for p in ordered])
    padded = math.ceil(len(initial) / ranks) * ranks
    initial = nn.functional.pad(initial, (0, padded - len(initial)))
    weights = initial.to(torch.bfloat16) if precision == "mixed" else initial
    at = 0
    for parameter in ordered:
        parameter.data = weights[at : at + parameter.numel()].view_as(parameter)
        at += parameter.numel()
    return weights, initial


def _move_gradient(parameter: nn.Parameter, place: Tensor) -> None:
    if parameter.grad is None:
        place.zero_()
    else:
        place.view_as(parameter).copy_(parameter.grad)
