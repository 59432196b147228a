"""Gradients gathered in buckets while the backward pass runs, and a wrapper that overlaps them.

The backward pass finishes the last layers first. So parameters are put into buckets in reverse
order, and a bucket goes on its way as soon as its last gradient is there, while earlier layers are
still being differentiated.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.distributed as dist
from torch import Tensor, nn

from groundwork.data_parallel.digest import check_replicas

BUCKET_BYTES = 25 * 2**20  # as DistributedDataParallel's default


@dataclass
class Bucket:
    """Parameters that travel together: entries `start` to `stop` of all gradients in a row."""

    index: int
    start: int
    parameters: list[nn.Parameter] = field(default_factory=list)
    stop: int = 0
    waiting: int = 0  # gradients still to come in this backward pass

    def spans(self) -> Iterator[tuple[nn.Parameter, slice]]:
        """Each parameter and its entries in the bucket."""
        at = 0
        for parameter in self.parameters:
            yield parameter, slice(at, at + parameter.numel())
            at += parameter.numel()


def fill_buckets(parameters: Sequence[nn.Parameter], bucket_bytes: int) -> list[Bucket]:
    """Buckets of at least `bucket_bytes` (the last may be smaller), in reverse order of parameters.

    Source: Li et al., "PyTorch Distributed" (2020), section 3.2.3.
    """
    if bucket_bytes < 1:
        raise ValueError(f"a bucket holds at least 1 byte, not {bucket_bytes}")
    buckets: list[Bucket] = []
    held, at = bucket_bytes, 0
    for parameter in reversed(parameters):
        if held >= bucket_bytes:
            buckets.append(Bucket(len(buckets), at))
            held = 0
        buckets[-1].parameters.append(parameter)
        held += parameter.numel() * parameter.element_size()
        at += parameter.numel()
        buckets[-1].stop = at
    return buckets


class Gatherer:
    """Hooks that count each bucket's gradients and call `ready(bucket)` at the last one.

    Buckets are reported in their own order, whatever order gradients come in, so that every rank
    starts the same transfers in the same order. Parameters that got no gradient are reported with
    the rest by `complete`.
    """

    def __init__(self, buckets: Sequence[Bucket], ready: Callable[[Bucket], None]) -> None:
        self.buckets, self.ready = buckets, ready
        self.active = True
        self.next = 0
        self.hooks = []
        for bucket in buckets:
            for parameter in bucket.parameters:
                hook = partial(self._arrived, bucket)
                self.hooks.append(parameter.register_post_accumulate_grad_hook(hook))
        self.reset()

    def reset(self) -> None:
        """Before a backward pass whose gradients are to travel."""
        self.next = 0
        for bucket in self.buckets:
            bucket.waiting = len(bucket.parameters)

    def complete(self) -> None:
        """Report the buckets that still wait for gradients which did not come."""
        while self.next < len(self.buckets):
            self._report()

    def remove(self) -> None:
        """Take the hooks off the parameters."""
        for hook in self.hooks:
            hook.remove()

    def _arrived(self, bucket: Bucket, _: Tensor) -> None:
        if not self.active:
            return
        bucket.waiting -= 1
        while self.next < len(self.buckets) and self.buckets[self.next].waiting <= 0:
            self._report()

    def _report(self) -> None:
        self.ready(self.buckets[self.next])
        self.next += 1


@dataclass(frozen=True)
class Event:
    """One interval of a step on one rank, in seconds of the machine's clock."""

    name: str
    begin: float
    end: float


class DataParallel:
    """A model whose gradients are averaged over the ranks while they are computed.

    Use: `loss = model(x)…; parallel.backward(loss); optimizer.step(); optimizer.zero_grad()`.
    `backward` scales the loss by 1/N (one number, where scaling gradients is a pass over memory),
    sums buckets by asynchronous all-reduces as they fill, and returns when all have arrived.
    For gradient accumulation, run all but the last backward pass under `local()`.

    Raises: `ValueError` where ranks hold different models; `RuntimeError` where gradients of the
    step before were not cleared.
    Source: Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training"
    (2020), section 3.2.
    Checked by: tests/data_parallel/test_buckets.py (gradients equal DistributedDataParallel's).
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        bucket_bytes: int = BUCKET_BYTES,
        group: dist.ProcessGroup | None = None,
        overlap: bool = True,
        record: bool = False,
    ) -> None:
        self.module, self.group, self.overlap, self.record = module, group, overlap, record
        self.ranks = dist.get_world_size(group)
        check_replicas(module, group)
        parameters = [p for p in module.parameters() if p.requires_grad]
        self.buckets = fill_buckets(parameters, bucket_bytes)
        self.flats = [b.parameters[0].new_empty(b.stop - b.start) for b in self.buckets]
        self.views = {
            p: flat[span].view_as(p)
            for bucket, flat in zip(self.buckets, self.flats, strict=True)
            for p, span in bucket.spans()
        }
        self.events: list[Event] = []
        self.works: list[dist.Work] = []
        self.marks: list[torch.futures.Future[None]] = []  # of recorded transfers
        self.gatherer = Gatherer(self.buckets, self._reduce)

    @contextmanager
    def local(self) -> Iterator[None]:
        """Backward passes that add to this rank's gradients and send nothing."""
        self.gatherer.active = False
        try:
            yield
        finally:
            self.gatherer.active = True

    def backward(self, loss: Tensor, *, scale: float | None = None) -> None:
        """Gradients of the mean of all ranks' losses, in every parameter's `.grad`.

        `scale` replaces 1/N: 1.0 for losses that are shares of one sum.
        """
        factor = 1 / self.ranks if scale is None else scale
        if not self.gatherer.active:
            (loss * factor).backward()
            return
        self.gatherer.reset()
        self.gatherer.active = self.overlap
        begin = time.perf_counter()
        (loss * factor).backward()
        if self.record:
            self.events.append(Event("backward", begin, time.perf_counter()))
        self.gatherer.active = True
        self.gatherer.complete()
        for work in self.works:
            work.wait()
        for mark in self.marks:
            mark.wait()
        self.works.clear()
        self.marks.clear()

    def _reduce(self, bucket: Bucket) -> None:
        flat = self.flats[bucket.index]
        for parameter in bucket.parameters:
            view = self.views[parameter]
            if parameter.grad is None:
                view.zero_()
            elif parameter.grad is view:
                raise RuntimeError("gradients of the step before are there: call zero_grad() first")
            else:
                view.copy_(parameter.grad)
            parameter.grad = view
        begin = time.perf_counter()
        work = dist.all_reduce(flat, group=self.group, async_op=True)
        assert work is not None
        if self.record:
            future = work.get_future()
            self.marks.append(future.then(lambda _: self._arrived(bucket.index, begin)))
        self.works.append(work)

    def _arrived(self, index: int, begin: float) -> None:
        self.events.append(Event(f"bucket {index}", begin, time.perf_counter()))


def reduce_after(module: nn.Module, group: dist.ProcessGroup | None = None) -> None:
    """Sum all gradients over the ranks, in one message, once the backward pass is over.

    The curriculum's own form: the caller divides. A parameter without a gradient counts as zero.
    One message, since that of a small tensor is mostly waiting.
    """
    parameters = list(module.parameters())
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat, group=group)
    sums = flat.split([gradient.numel() for gradient in gradients])
    for parameter, total in zip(parameters, sums, strict=True):
        parameter.grad = total.view_as(parameter)
