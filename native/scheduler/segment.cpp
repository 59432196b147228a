// Parts of an order as problems of their own, and where a graph falls into such parts.
#include <algorithm>

#include "search.hpp"

namespace groundwork::scheduler {

Segment make_segment(const Dag &dag, std::span<const Node> order, std::size_t from,
                     std::size_t to) {
    Segment part;
    part.n = static_cast<Node>(to - from);
    part.nodes.assign(order.begin() + from, order.begin() + to);
    part.reads.resize(part.n);
    part.consumers.resize(part.n);
    part.pending.assign(part.n, 0);
    std::vector<Node> local(dag.n, -1), rest(dag.n), value(dag.n, -1);
    for (Node v = 0; v < dag.n; ++v) {
        rest[v] = static_cast<Node>(dag.consumers(v).size());
    }
    for (std::size_t t = 0; t < from; ++t) {
        part.base += dag.size[order[t]] + dag.held[order[t]];
        for (const Node u : dag.inputs(order[t])) {
            part.base -= --rest[u] == 0 ? dag.size[u] : 0;
        }
    }
    for (Node i = 0; i < part.n; ++i) {
        local[part.nodes[i]] = i;
    }
    for (Node i = 0; i < part.n; ++i) {
        const Node v = part.nodes[i];
        part.gain.push_back(dag.size[v] + dag.held[v]);
        part.need.push_back(dag.need[v]);
        for (const Node u : dag.inputs(v)) {
            if (local[u] >= 0) {
                part.consumers[local[u]].push_back(i);
                ++part.pending[i];
            }
            if (value[u] < 0) {
                value[u] = static_cast<Node>(part.values.size());
                part.values.push_back({dag.size[u], rest[u]});
            }
            part.reads[i].push_back(value[u]);
        }
    }
    return part;
}

Bytes segment_peak(const Segment &segment, std::span<const Node> order) {
    Bytes live = segment.base, peak = live;
    std::vector<Node> rest;
    for (const Segment::Value &value : segment.values) {
        rest.push_back(value.uses);
    }
    for (const Node v : order) {
        peak = std::max(peak, live + segment.need[v]);
        live += segment.gain[v];
        for (const Node u : segment.reads[v]) {
            live -= --rest[u] == 0 ? segment.values[u].size : 0;
        }
    }
    return peak;
}

std::vector<std::size_t> cut_points(const Dag &dag, const Order &order) {
    // Node v is comparable to all others if it is alone among the ready ones when it runs, in this
    // order and in the reverse one. `open` counts nodes that are ready and have not run.
    const auto alone = [&](bool reverse) {
        std::vector<bool> result(dag.n, false);
        std::vector<Node> pending(dag.n);
        std::int64_t open = 0;
        for (Node v = 0; v < dag.n; ++v) {
            pending[v] =
                static_cast<Node>(reverse ? dag.consumers(v).size() : dag.inputs(v).size());
            open += pending[v] == 0;
        }
        for (Node t = 0; t < dag.n; ++t) {
            const Node v = order[reverse ? dag.n - 1 - t : t];
            result[v] = open == 1;
            --open;
            for (const Node c : reverse ? dag.inputs(v) : dag.consumers(v)) {
                open += --pending[c] == 0;
            }
        }
        return result;
    };
    const std::vector<bool> forward = alone(false), backward = alone(true);
    std::vector<std::size_t> ends;
    for (Node t = 0; t < dag.n; ++t) {
        if ((forward[order[t]] && backward[order[t]]) || t + 1 == dag.n) {
            ends.push_back(t + 1);
        }
    }
    return ends;
}

} // namespace groundwork::scheduler
