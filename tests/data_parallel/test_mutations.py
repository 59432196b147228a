"""Planted faults: each must turn its oracle red, and the oracle is green without it.

A fault is a copy of one module with one line changed, laid where the ranks can import it.
"""

import importlib
import inspect
import sys

import numpy as np
import pytest
from data_parallel import oracles

from groundwork.data_parallel import buckets, collectives, cost, launch, simulate, tasks
from groundwork.data_parallel import digest as digests
from groundwork.data_parallel import sharded as sharding
from groundwork.data_parallel import training as loop
from groundwork.data_parallel.launch import Failure

# name: (module, oracle, old text, new text)
FAULTS = {
    "the mean of the ranks' means": (
        loop, "whole_batch",
        "count = self.summed((rows.labels != IGNORED).sum())",
        "count = lambda: self.ranks * (rows.labels != IGNORED).sum()",
    ),
    "summed and never divided": (
        loop, "whole_batch", "parameter.grad /= count", "parameter.grad /= 1",
    ),
    "divided by ranks, not by labels": (
        loop, "whole_batch", "parameter.grad /= count", "parameter.grad /= self.ranks",
    ),
    "gradients that never meet": (
        loop, "whole_batch", "            reduce_after(self.model)", "            pass",
    ),
    "one parameter forgotten": (
        buckets, "reduced_after",
        "    parameters = list(module.parameters())\n    gradients",
        "    parameters = list(module.parameters())[1:]\n    gradients",
    ),
    "each rank its own batch of one seed": (
        loop, "whole_batch", "self.teacher.rows(self.done)[self.mine]",
        "self.teacher.rows(self.done + self.rank)[self.mine]",
    ),
    "micro-batches that each start anew": (
        loop, "whole_batch", "for micro in range(parts):", "for micro in range(1):",
    ),
    "a remainder left out": (
        collectives, "ring", "start + short + (index < longer)", "start + short",
    ),
    "the ring a step short of its sum": (
        collectives, "ring", "(piece(k, part), k < ranks - 1)", "(piece(k, part), k < ranks - 2)",
    ),
    "the ring adds a finished chunk": (
        collectives, "ring", "(piece(k, part), k < ranks - 1)", "(piece(k, part), k < ranks)",
    ),
    "the ring keeps what arrived and forgets its own": (
        collectives, "ring", "piece += place", "piece.copy_(place)",
    ),
    "parts of a chunk cut wrongly": (
        collectives, "ring", "chunk.start + part * width, chunk.stop",
        "chunk.start + part * (width - 1), chunk.stop",
    ),
    "doubling forgets the ranks beyond a power of two": (
        collectives, "doubling",
        "        _receive(scratch, rank + core, group).wait()\n        flat += scratch",
        "        _receive(scratch, rank + core, group).wait()",
    ),
    "the tree keeps the last child alone": (
        collectives, "tree", "            _receive(scratch, rank + distance, group).wait()\n            flat += scratch",
        "            _receive(scratch, rank + distance, group).wait()\n            flat.copy_(scratch)",
    ),
    "a bucket that is sent before its last gradient": (
        buckets, "like_ddp", "[self.next].waiting <= 0:\n            self._report()",
        # A pause, else the gradient may come before its bucket has been read.
        "[self.next].waiting <= 1:\n            self._report()\n            time.sleep(0.2)",
    ),
    "the wrapper sums and does not average": (
        buckets, "like_ddp", "1 / self.ranks if scale is None", "1.0 if scale is None",
    ),
    "accumulated gradients overwritten": (
        buckets, "like_ddp", "view.copy_(parameter.grad)", "view.copy_(parameter.grad / 2)",
    ),
    "batch statistics without their gradient": (
        tasks, "whole_norm",
        "        total = gradient.clone()\n        if dist.is_initialized():",
        "        total = gradient.clone()\n        if False:",
    ),
    "batch statistics of the own rows": (
        tasks, "whole_norm",
        "        total = x.clone()\n        if dist.is_initialized():",
        "        total = x.clone()\n        if False:",
    ),
    "dropout drawn by each rank": (
        tasks, "dropout", "draws = torch.from_numpy(rng.random((",
        "draws = torch.from_numpy(np.random.default_rng().random((",
    ),
    "parts that are never handed round": (
        sharding, "zero1", "        if self.stage:\n            all_gather(self.weights, self.part, self.group)\n        for",
        "        for",
    ),
    "the part of another rank is updated": (
        sharding, "zero1", "gradient = gradient[self.owned]",
        "gradient = gradient.roll(1)[self.owned]",
    ),
    "a bucket's pieces go to the wrong place": (
        sharding, "zero2", "span.start - start, span.stop - start), piece",
        "0, span.stop - span.start), piece",
    ),
    "a bucket across owners goes to the first": (
        sharding, "zero2", "(bucket.stop - 1) // size + 1)", "bucket.start // size + 1)",
    ),
    "gradients are kept by all": (
        sharding, "freed", "parameter.grad = None\n        pieces", "pass\n        pieces",
    ),
    "digests of shapes alone": (
        digests, "replicas", "        found.update(plain.view(-1).view(torch.uint8).numpy().tobytes())\n", "",
    ),
    "a check that looks at rank 0": (
        digests, "replicas", "if one != found[0]]", "if one != one]",
    ),
}  # fmt: skip


def lay(folder, number, module, old, new):
    """The changed copy of a module as a file; returns its name."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times"
    name = f"planted_{number}"
    extra = "import numpy as np\n" if "np." in new else ""
    head, _, rest = source.replace(old, new).partition("\nimport ")
    (folder / f"{name}.py").write_text(f"{head}\n{extra}import {rest}")
    return name


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What each oracle says of the library and of each planted fault; all in one run of ranks."""
    folder = tmp_path_factory.mktemp("planted")
    sys.path.insert(0, str(folder))
    try:
        jobs = {("sound", m.__name__, oracle): m.__name__ for m, oracle, *_ in FAULTS.values()}
        for number, (fault, (module, oracle, old, new)) in enumerate(FAULTS.items()):
            jobs[(fault, module.__name__, oracle)] = lay(folder, number, module, old, new)
        work = [(oracle, name) for (_, _, oracle), name in jobs.items()]
        found = launch(oracles.judge, 3, (work,))
    finally:
        sys.path.remove(str(folder))
    return {job: [rank[i] for rank in found] for i, job in enumerate(jobs)}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_caught(verdicts, fault):
    module, oracle, *_ = FAULTS[fault]
    sound = verdicts[("sound", module.__name__, oracle)]
    assert all(value <= 1 for value in sound), f"{oracle} is red without a fault: {sound}"
    assert max(verdicts[(fault, module.__name__, oracle)]) > 1, f"{oracle} did not see it"


def test_a_victim_reported_as_guilty_is_caught(mutant):
    module = importlib.import_module("groundwork.data_parallel.launch")
    failures = [Failure(0, "lost", False, 0.1), Failure(1, "own", True, 0.2)]
    assert sorted(failures, key=module._guilt)[0].rank == 1
    wrong = mutant(module, "(not failure.own, failure.seconds)", "failure.seconds")
    assert sorted(failures, key=wrong._guilt)[0].rank == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return 2 * (ranks - 1) * (latency", "    return (ranks - 1) * (latency"),
        ("(ranks * bandwidth))", "bandwidth)"),
        ("    return 2 * (ranks - 1) * (latency", "    return 2 * ranks * (latency"),
    ],
)
def test_a_wrong_closed_form_is_caught(mutant, old, new):
    wrong = mutant(cost, old, new)
    link = cost.Link(1e9, 1e-5)
    programs = [simulate.ring_program(r, 4, 1e6) for r in range(4)]
    end = simulate.Network(simulate.own_links(link)).run(programs).max()
    assert end == pytest.approx(cost.all_reduce_time(1e6, 1e9, 1e-5, 4), rel=1e-9)
    assert end != pytest.approx(wrong.all_reduce_time(1e6, 1e9, 1e-5, 4), rel=1e-3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("free[key] = max(free.get(key, 0.0), now) + size", "free[key] = now + size"),
        ("arrival = free[key] + link.latency", "arrival = free[key]"),
    ],
)
def test_a_wrong_simulator_is_caught(mutant, old, new):
    fast, slow = cost.Link(3e11, 3e-6), cost.Link(5e10, 1e-5)
    expected = cost.hierarchical_time(1e9, fast, slow, 2, 4)
    for module, right in ((simulate, True), (mutant(simulate, old, new), False)):
        programs = [simulate.hierarchical_program(r, 2, 4, 1e9) for r in range(8)]
        end = module.Network(simulate.node_links(fast, slow, 4)).run(programs).max()
        assert np.isclose(end, expected, rtol=1e-9) == right
