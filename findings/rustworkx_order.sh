#!/usr/bin/env bash
# rustworkx sorts the same graph into another order than networkx.
# touches: rustworkx
# guessed: topological_sort gives networkx's order, in which nodes that are free come as they were added
# seen: of nodes that are free the last comes first, and successors are listed backwards; topological_generations is in order
# here: schedules are compared by peak, not by order; the comparison in speed is with networkx
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet rustworkx==0.18.0 numpy==2.4.6
cat > program.py <<'END'
import rustworkx as rx

graph = rx.PyDiGraph()
graph.add_nodes_from(range(6))
graph.add_edges_from_no_data([(0, 3), (0, 4), (1, 3), (2, 4), (3, 5), (4, 5)])
print("topological order", list(rx.topological_sort(graph)))
print("by generations", [list(layer) for layer in rx.topological_generations(graph)])
print("successors of 0", list(graph.successor_indices(0)))
END
cat > expected <<'END'
topological order [2, 1, 0, 4, 3, 5]
by generations [[0, 1, 2], [3, 4], [5]]
successors of 0 [4, 3]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
