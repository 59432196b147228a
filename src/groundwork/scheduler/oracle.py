"""The slow, plain truth for small graphs: every set of finished nodes, straight from definitions.

Shares nothing with the C++ core. Sets of nodes are bit masks; a set is closed when it holds the
inputs of all its nodes.
"""

from collections.abc import Iterator
from functools import lru_cache

from groundwork.scheduler.graph import Graph


class Oracle:
    """Live memory, closed sets and least peaks of a graph of at most about 16 nodes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.n = len(graph)
        self.everything = (1 << self.n) - 1
        self.inputs = [sum({1 << u for u in graph.inputs_of(v).tolist()}) for v in range(self.n)]
        self.readers = [
            sum(1 << v for v in range(self.n) if self.inputs[v] >> u & 1) for u in range(self.n)
        ]
        self.to_go = lru_cache(maxsize=None)(self._to_go)

    def live(self, done: int) -> int:
        """f(D): bytes live when exactly the nodes of `done` have run."""
        total = 0
        for u in range(self.n):
            if done >> u & 1:
                forever = self.graph.keeps[u] or not self.readers[u]
                total += int(self.graph.helds[u])
                if forever or self.readers[u] & ~done:
                    total += int(self.graph.sizes[u])
        return total

    def need(self, v: int) -> int:
        """Bytes that node v takes while it runs, beside what is live."""
        graph, source = self.graph, int(self.graph.inplace[v])
        reused = min(int(graph.sizes[v]), int(graph.sizes[source])) if source >= 0 else 0
        return int(graph.sizes[v] + graph.helds[v] + graph.workspaces[v]) - reused

    def ready(self, done: int) -> list[int]:
        """Nodes that may run next."""
        return [v for v in range(self.n) if not done >> v & 1 and self.inputs[v] & ~done == 0]

    def closed_sets(self) -> list[int]:
        """All sets of nodes that can have run at some time."""
        seen, stack = {0}, [0]
        while stack:
            done = stack.pop()
            for v in self.ready(done):
                if (more := done | 1 << v) not in seen:
                    seen.add(more)
                    stack.append(more)
        return sorted(seen)

    def _to_go(self, done: int) -> int:
        here = self.live(done)
        if done == self.everything:
            return here
        return min(max(here + self.need(v), self.to_go(done | 1 << v)) for v in self.ready(done))

    def least_peak(self) -> int:
        """The least peak over all orders."""
        return self.to_go(0)

    def peak(self, order: list[int]) -> int:
        """The peak of one order, set by set."""
        done, worst = 0, 0
        for v in order:
            worst = max(worst, self.live(done) + self.need(v))
            done |= 1 << v
        return worst

    def orders(self, done: int = 0) -> Iterator[list[int]]:
        """Every valid order (for a handful of nodes)."""
        if done == self.everything:
            yield []
        for v in self.ready(done):
            for rest in self.orders(done | 1 << v):
                yield [v, *rest]

    def cut_bound(self) -> int:
        """The bound of Theorem "minimum cut" by trying every closed set, with its simple floors."""
        best = self.live(self.everything)
        sets = self.closed_sets()
        for v in range(self.n):
            fits = (d for d in sets if not d >> v & 1 and self.inputs[v] & ~d == 0)
            best = max(best, min(self.live(d) for d in fits) + self.need(v))
            together = sum(
                int(self.graph.sizes[u] + self.graph.helds[u])
                for u in range(self.n)
                if self.inputs[v] >> u & 1
            )
            best = max(best, together + self.need(v))
        return best
