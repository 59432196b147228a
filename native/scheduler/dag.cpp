#include "dag.hpp"

#include <limits>
#include <string>

#include "groundwork/door.hpp"

namespace groundwork::scheduler {

namespace {

[[noreturn]] void refuse(std::int64_t node, const std::string &what) {
    throw InvalidArgument("node " + std::to_string(node) + ": " + what);
}

void check_shape(const gws_graph &graph) {
    if (graph.nodes < 0 || graph.nodes > std::numeric_limits<Node>::max() - 1) {
        throw InvalidArgument("the number of nodes must be from 0 to 2^31 - 2");
    }
    const bool empty = graph.nodes == 0;
    if (!graph.offsets ||
        (!empty && (!graph.sizes || !graph.helds || !graph.workspaces || !graph.keeps ||
                    (graph.offsets[graph.nodes] && !graph.inputs)))) {
        throw InvalidArgument("an array of the graph is missing");
    }
    if (graph.offsets[0] != 0) {
        throw InvalidArgument("offsets must start at 0");
    }
}

void check_node(const gws_graph &graph, std::int64_t v, Bytes &total) {
    const Bytes size = graph.sizes[v], held = graph.helds[v], work = graph.workspaces[v];
    if (size < 0 || held < 0) {
        refuse(v, "a negative size");
    }
    if (size > max_bytes || held > max_bytes || work > max_bytes) {
        refuse(v, "a size above 2^60 bytes");
    }
    if (work < -size) {
        refuse(v, "takes over more memory than its output has");
    }
    total += size + held + (work > 0 ? work : 0);
    if (total > max_bytes) {
        refuse(v, "the sizes up to here add up to more than 2^60 bytes");
    }
}

// Input lists without repeats: x + x reads one value.
void copy_inputs(const gws_graph &graph, Dag &dag) {
    std::vector<Node> seen(graph.nodes, -1);
    dag.in_at.assign(1, 0);
    dag.in_at.reserve(graph.nodes + 1);
    for (Node v = 0; v < dag.n; ++v) {
        if (graph.offsets[v + 1] < graph.offsets[v] ||
            graph.offsets[v + 1] > graph.offsets[dag.n]) {
            refuse(v, "offsets must ascend to the number of inputs");
        }
        for (std::int64_t at = graph.offsets[v]; at < graph.offsets[v + 1]; ++at) {
            const Node u = graph.inputs[at];
            if (u < 0 || u >= dag.n) {
                refuse(v, "an input outside the graph");
            }
            if (seen[u] != v) {
                seen[u] = v;
                dag.in.push_back(u);
            }
        }
        dag.in_at.push_back(static_cast<std::int64_t>(dag.in.size()));
    }
}

void link_consumers(Dag &dag) {
    dag.out_at.assign(dag.n + 1, 0);
    for (const Node u : dag.in) {
        ++dag.out_at[u + 1];
    }
    for (Node v = 0; v < dag.n; ++v) {
        dag.out_at[v + 1] += dag.out_at[v];
    }
    dag.out.resize(dag.in.size());
    std::vector<std::int64_t> fill(dag.out_at.begin(), dag.out_at.end() - 1);
    for (Node v = 0; v < dag.n; ++v) {
        for (const Node u : dag.inputs(v)) {
            dag.out[fill[u]++] = v;
        }
    }
}

} // namespace

Dag make_dag(const gws_graph &graph) {
    check_shape(graph);
    Dag dag;
    dag.n = static_cast<Node>(graph.nodes);
    copy_inputs(graph, dag);
    link_consumers(dag);
    dag.size.assign(graph.nodes, 0);
    dag.held.assign(graph.nodes, 0);
    dag.need.assign(graph.nodes, 0);
    Bytes total = 0;
    for (Node v = 0; v < dag.n; ++v) {
        check_node(graph, v, total);
        const bool dies = !graph.keeps[v] && !dag.consumers(v).empty();
        dag.size[v] = dies ? graph.sizes[v] : 0;
        dag.held[v] = graph.helds[v] + (dies ? 0 : graph.sizes[v]);
        dag.need[v] = graph.sizes[v] + graph.helds[v] + graph.workspaces[v];
    }
    return dag;
}

std::vector<Node> find_cycle(const Dag &dag) {
    std::vector<Node> pending(dag.n), ready;
    for (Node v = 0; v < dag.n; ++v) {
        pending[v] = static_cast<Node>(dag.inputs(v).size());
        if (pending[v] == 0) {
            ready.push_back(v);
        }
    }
    while (!ready.empty()) {
        const Node v = ready.back();
        ready.pop_back();
        for (const Node c : dag.consumers(v)) {
            if (--pending[c] == 0) {
                ready.push_back(c);
            }
        }
    }
    Node at = 0;
    while (at < dag.n && pending[at] == 0) {
        ++at;
    }
    if (at == dag.n) {
        return {};
    }
    // Each node that stayed has an input that stayed: walk back until a node comes again.
    std::vector<Node> path, place(dag.n, -1);
    while (place[at] < 0) {
        place[at] = static_cast<Node>(path.size());
        path.push_back(at);
        for (const Node u : dag.inputs(at)) {
            if (pending[u] > 0) {
                at = u;
                break;
            }
        }
    }
    return {path.rbegin(), path.rend() - place[at]};
}

} // namespace groundwork::scheduler
