"""Random programs through `torch.export`, against what PyTorch does when it runs them.

The oracle runs each program on real tensors and writes down, operator by operator, which storages
are read, changed (by the operator's name, or as its data show) and allocated. It shares nothing
with the importer, which reads schemas and runs operators without data.
"""

import random
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from groundwork.scheduler import Graph, peak_memory
from groundwork.scheduler.torch_import import inference

Move = Callable[[Tensor, Tensor], Tensor | None]

FRESH: list[Move] = [
    lambda t, _: torch.relu(t),
    lambda t, _: t * 2,
    lambda t, _: t.clone(),
    lambda t, u: torch.cat([t, u]) if t.shape == u.shape and t.dim() else None,
    lambda t, _: t.softmax(-1) if t.dim() else None,
    lambda t, _: t.topk(1)[0] if t.dim() else None,
    lambda t, _: t.max(-1)[0] if t.dim() else None,
    lambda t, u: t + u if t.shape == u.shape else None,
    lambda t, _: t.sum(),
    lambda t, _: t.to(torch.float64).to(torch.float32),
    lambda t, _: torch.var_mean(t, -1)[1] if t.dim() else None,
    lambda t, _: t.cumsum(0) if t.dim() else None,
]
VIEWS: list[Move] = [
    lambda t, _: t.unbind(0)[-1] if t.dim() else None,
    lambda t, _: t.chunk(2)[0] if t.dim() else None,
    lambda t, _: t.split(1)[-1] if t.dim() else None,
    lambda t, _: t.split([1, t.shape[0] - 1])[1] if t.dim() and t.shape[0] > 1 else None,
    lambda t, _: t.tensor_split(2, -1)[0] if t.dim() and t.shape[-1] > 1 else None,
    lambda t, _: t.hsplit(2)[1] if t.dim() > 1 and t.shape[1] % 2 == 0 else None,
    lambda t, _: torch.unsafe_split(t, 1)[0] if t.dim() else None,
    lambda t, _: t.narrow(0, 0, 1) if t.dim() else None,
    lambda t, _: t.transpose(0, -1) if t.dim() else None,
    lambda t, _: t.reshape(-1),  # copies where it must
    lambda t, _: t.flatten(),
    lambda t, _: t.contiguous(),
    lambda t, _: t.unsqueeze(0),
    lambda t, _: t.to(torch.float32),
    lambda t, _: t.detach(),
    lambda t, _: t[..., ::2] if t.dim() else None,
    lambda t, _: t.diagonal() if t.dim() > 1 else None,
    lambda t, _: t.unfold(0, 1, 1) if t.dim() else None,
    lambda t, _: nn.functional.dropout(t, 0.5, training=False),
    lambda t, _: t.movedim(0, -1) if t.dim() else None,
]


def change(t: Tensor, u: Tensor, first: Tensor, kind: int) -> None:
    """One of the changes in place, of those that the shapes allow."""
    same = t.shape == u.shape
    changes: list[Callable[[], object]] = [
        lambda: t.add_(1),
        lambda: t.mul_(2),
        lambda: t.relu_(),
        lambda: t.fill_(3),
        lambda: t.zero_(),
        lambda: t.copy_(u.clone()) if same else t.neg_(),
        lambda: t.add_(u) if same else t.exp_(),
        lambda: t.index_put_((first,), u.sum()) if t.dim() else t.sin_(),
        lambda: t.masked_fill_(t > 1, 0.0),
        lambda: torch.mul(t.clone(), 3, out=t) if t.is_contiguous() else t.cos_(),
        lambda: torch._foreach_add_([t], 1.0),
        lambda: t.clamp_(max=2),
        lambda: nn.functional.relu(t, inplace=True),
        lambda: t.index_fill_(0, first, 2.0) if t.dim() else t.abs_(),
    ]
    changes[kind % len(changes)]()


class Program(nn.Module):
    """Steps drawn from a seed: new tensors, views and changes in place."""

    def __init__(self, seed: int, steps: int = 10) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(4, 6))
        self.register_buffer("first", torch.zeros(1, dtype=torch.long))
        self.seed, self.steps = seed, steps

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        draw = random.Random(self.seed)
        pool = [x, self.weight, torch.sin(x)]
        for _ in range(self.steps):
            t, u = draw.choice(pool), draw.choice(pool)
            kind, choice = draw.random(), draw.randrange(1000)
            if kind < 0.35:
                change(t, u, self.first, choice)
                continue
            moves = FRESH if kind < 0.6 else VIEWS
            if (made := moves[choice % len(moves)](t, u)) is not None:
                pool.append(made)
        chosen = [pool[-1], *draw.sample(pool[2:], min(2, len(pool) - 2))]
        return tuple(t * 1 for t in chosen)


def storage(t: Tensor) -> int:
    return t.untyped_storage()._cdata


class Recorder(TorchDispatchMode):
    """What each operator reads, changes and allocates; views are no operators."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[set[int], set[int], dict[int, int]]] = []
        self.alive: list[Tensor] = []  # so that no storage's number comes again
        self.names: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = [t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
        before = [(t, t.detach().clone()) for t in given]
        result = func(*args, **(kwargs or {}))
        made = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
        self.alive += given + made
        reads = {storage(t) for t in given}
        writes = {
            storage(t) for t, old in before if not torch.equal(t.nan_to_num(), old.nan_to_num())
        }
        if func._schema.name.endswith("_") or func._overloadname == "out":
            writes |= {storage(t) for t in tree_leaves((kwargs or {}).get("out", args[0]))}
        new = {storage(t): t.untyped_storage().nbytes() for t in made if storage(t) not in reads}
        if writes or new:
            self.steps.append((reads, writes, new))
            self.names.append(str(func))
        return result


def oracle(program: Program) -> tuple[list[str], list[int], set[tuple[int, int]], int]:
    """(operators, bytes of new buffers, pairs in order by dependence, peak as run)."""
    x = torch.rand(4, 6)
    with torch.no_grad(), Recorder() as seen:
        outputs = program(x)
    own = {storage(program.weight), storage(program.first)}
    size = {storage(x): x.untyped_storage().nbytes()}
    born, last = {storage(x): -1}, {storage(x): -1}
    forever = {storage(t) for t in outputs}
    before: list[set[int]] = []
    for at, (reads, writes, new) in enumerate(seen.steps):
        size |= new
        born |= dict.fromkeys(new, at)
        last |= dict.fromkeys([*reads, *new], at)
        forever |= writes & {storage(x)}
        direct = {
            i for i, (r, w, n) in enumerate(seen.steps[:at]) if (w | set(n)) & reads or r & writes
        }
        before.append(direct.union(*(before[i] for i in direct)))
    peak = 0
    for at in range(len(seen.steps)):
        live = [b for b in born if b not in own and born[b] <= at]
        peak = max(peak, sum(size[b] for b in live if last[b] >= at or b in forever))
    pairs = {(i, at) for at, earlier in enumerate(before) for i in earlier}
    return seen.names, sorted(s for _, _, n in seen.steps for s in n.values()), pairs, peak


def imported(graph: Graph) -> tuple[list[str], list[int], set[tuple[int, int]], int]:
    """The same four facts of an imported graph."""
    skipped = ("input", "order", "output")
    operators = [v for v in range(len(graph)) if graph.ops[v] not in skipped]
    number = {v: at for at, v in enumerate(operators)}
    before: list[set[int]] = []
    for v in range(len(graph)):
        direct = set(graph.inputs_of(v).tolist())
        before.append(direct.union(*(before[u] for u in direct)))
    pairs = {(number[u], number[v]) for v in operators for u in before[v] if u in number}
    total = graph.sizes + graph.helds + graph.workspaces
    sizes = int(sum(total[v] for v in range(len(graph)) if graph.ops[v] != "input"))
    peak = peak_memory(graph, range(len(graph)))
    return [graph.ops[v] for v in operators], [sizes], pairs, peak


def check(seed: int) -> None:
    names, sizes, pairs, peak = oracle(Program(seed))
    found = imported(inference(Program(seed), (torch.rand(4, 6),)))
    assert len(found[0]) == len(names), (names, found[0])
    assert found[1] == [sum(sizes)]
    assert found[2] == pairs
    assert found[3] == peak


@pytest.mark.parametrize("seed", range(30))
def test_random_programs_as_they_run(seed: int) -> None:
    check(seed)
