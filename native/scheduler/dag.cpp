#include "dag.hpp"

#include <algorithm>
#include <limits>
#include <memory>
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

void check_offsets(const gws_graph &graph, std::int64_t v) {
    if (graph.offsets[v + 1] < graph.offsets[v] ||
        graph.offsets[v + 1] > graph.offsets[graph.nodes]) {
        refuse(v, "offsets must ascend to the number of inputs");
    }
}

Node checked_input(const gws_graph &graph, std::int64_t v, std::int64_t at) {
    const Node u = graph.inputs[at];
    if (u < 0 || u >= graph.nodes) {
        refuse(v, "an input outside the graph");
    }
    return u;
}

// Input lists without repeats: x + x reads one value. Most lists are so short that comparing each
// entry with those before it costs less than a lookup.
void copy_inputs(const gws_graph &graph, Dag &dag) {
    constexpr std::int64_t few = 8;
    std::vector<Node> seen;
    dag.in_at.resize(graph.nodes + 1);
    dag.in.resize(graph.offsets[graph.nodes]);
    Node *const in = dag.in.data();
    std::int64_t end = 0;
    for (Node v = 0; v < dag.n; ++v) {
        check_offsets(graph, v);
        const std::int64_t start = end;
        const bool longer = graph.offsets[v + 1] - graph.offsets[v] > few;
        if (longer && seen.empty()) {
            seen.assign(graph.nodes, -1);
        }
        for (std::int64_t at = graph.offsets[v]; at < graph.offsets[v + 1]; ++at) {
            const Node u = checked_input(graph, v, at);
            const bool again =
                longer ? seen[u] == v : std::find(in + start, in + end, u) != in + end;
            if (longer) {
                seen[u] = v;
            }
            in[end] = u;
            end += !again;
        }
        dag.in_at[v + 1] = end;
    }
    dag.in.resize(end);
}

void link_consumers(Dag &dag) {
    dag.out_at.assign(dag.n + 1, 0);
    for (const Node u : dag.in) {
        ++dag.out_at[u];
    }
    for (Node v = 0; v < dag.n; ++v) {
        dag.out_at[v + 1] += dag.out_at[v];
    }
    dag.out.resize(dag.in.size());
    // From the last node down, so that out_at falls from each list's end to its start.
    for (Node v = dag.n; v-- > 0;) {
        for (const Node u : dag.inputs(v)) {
            dag.out[--dag.out_at[u]] = v;
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

namespace {

// Offsets of 32 bits where they hold the edges: half the memory to pass over.
template <class Offset> void kahn(const gws_graph &graph, Node *order) {
    const Node n = static_cast<Node>(graph.nodes);
    // A repeated input is a repeated edge here: its node is ready at the same moment.
    std::vector<Offset> at(graph.nodes + 1, 0);
    std::vector<Node> pending(graph.nodes);
    for (Node v = 0; v < n; ++v) {
        check_offsets(graph, v);
        for (std::int64_t e = graph.offsets[v]; e < graph.offsets[v + 1]; ++e) {
            ++at[checked_input(graph, v, e)];
        }
        pending[v] = static_cast<Node>(graph.offsets[v + 1] - graph.offsets[v]);
    }
    for (Node v = 0; v < n; ++v) {
        at[v + 1] += at[v];
    }
    const auto out = std::make_unique_for_overwrite<Node[]>(graph.offsets[n]);
    for (Node v = n; v-- > 0;) {
        for (std::int64_t e = graph.offsets[v]; e < graph.offsets[v + 1]; ++e) {
            out[--at[graph.inputs[e]]] = v;
        }
    }
    // The order is its own queue. Every node is written behind its end and counts only if it is
    // ready: a branch would be predicted wrongly for about one edge in three.
    Node end = 0;
    for (Node v = 0; v < n; ++v) {
        order[end] = v;
        end += pending[v] == 0;
    }
    for (Node next = 0; next < end; ++next) {
        const Node v = order[next];
        for (Offset e = at[v]; e < at[v + 1]; ++e) {
            const Node c = out[e];
            order[end] = c; // in bounds: while an edge is left, its node is not in the queue
            end += --pending[c] == 0;
        }
    }
    if (end != n) {
        throw InvalidArgument("the graph has a cycle");
    }
}

} // namespace

void topological_order(const gws_graph &graph, Node *order) {
    if (graph.nodes < 0 || graph.nodes > std::numeric_limits<Node>::max() - 1 || !graph.offsets ||
        graph.offsets[0] != 0 || (graph.offsets[graph.nodes] && !graph.inputs)) {
        throw InvalidArgument("the arrays of the graph are missing or malformed");
    }
    const bool narrow = graph.offsets[graph.nodes] <= std::numeric_limits<std::int32_t>::max();
    (narrow ? kahn<std::int32_t> : kahn<std::int64_t>)(graph, order);
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
