// The graph as the algorithms see it: checked, inputs without repeats, consumers beside inputs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler.h"

namespace groundwork::scheduler {

using Node = std::int32_t;
using Bytes = std::int64_t;
using Order = std::vector<Node>;

// Total bytes of a graph stay below this, so that no sum of live values can overflow.
constexpr Bytes max_bytes = Bytes{1} << 60;

struct Dag {
    Node n = 0;
    std::vector<std::int64_t> in_at, out_at; // n + 1 offsets each
    std::vector<Node> in, out;
    std::vector<Bytes> size; // of a value that dies after its last consumer; 0 for the others
    std::vector<Bytes> held; // bytes that a node adds for good
    std::vector<Bytes> need; // what a node takes while it runs, beside what is live already

    std::span<const Node> inputs(Node v) const {
        return {in.data() + in_at[v], in.data() + in_at[v + 1]};
    }
    std::span<const Node> consumers(Node v) const {
        return {out.data() + out_at[v], out.data() + out_at[v + 1]};
    }
    std::int64_t edges() const { return static_cast<std::int64_t>(in.size()); }
};

// Throws InvalidArgument for malformed arrays. A cycle is left to the orders to find.
Dag make_dag(const gws_graph &graph);

// Kahn's order into `order` (n), from offsets and inputs alone, without a Dag. Throws
// InvalidArgument on a cycle.
void topological_order(const gws_graph &graph, Node *order);

// Nodes of one cycle, each an input of the next; empty when there is none.
std::vector<Node> find_cycle(const Dag &dag);

} // namespace groundwork::scheduler
