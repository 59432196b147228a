#include "memory.hpp"

#include <algorithm>
#include <string>

#include "groundwork/door.hpp"

namespace groundwork::scheduler {

Progress::Progress(const Dag &dag)
    : dag_(dag), pending_(dag.n), rest_(dag.n), rest_xor_(dag.n, 0), freed_(dag.n, 0) {
    for (Node v = 0; v < dag.n; ++v) {
        pending_[v] = static_cast<Node>(dag.inputs(v).size());
        rest_[v] = static_cast<Node>(dag.consumers(v).size());
        for (const Node c : dag.consumers(v)) {
            rest_xor_[v] ^= c;
        }
        if (rest_[v] == 1) {
            freed_[rest_xor_[v]] += dag.size[v];
        }
    }
}

void check_order(const Dag &dag, std::span<const Node> order) {
    std::vector<bool> done(dag.n, false);
    for (const Node v : order) {
        if (v < 0 || v >= dag.n || done[v]) {
            throw InvalidArgument("the order must hold every node once");
        }
        for (const Node u : dag.inputs(v)) {
            if (!done[u]) {
                throw InvalidArgument("the order runs node " + std::to_string(v) +
                                      " before its input " + std::to_string(u));
            }
        }
        done[v] = true;
    }
    if (order.size() != static_cast<std::size_t>(dag.n)) {
        throw InvalidArgument("the order must hold every node once");
    }
}

Bytes peak_of(const Dag &dag, std::span<const Node> order, Bytes *during, Bytes *after) {
    std::vector<Node> rest(dag.n);
    for (Node v = 0; v < dag.n; ++v) {
        rest[v] = static_cast<Node>(dag.consumers(v).size());
    }
    Bytes live = 0, peak = 0;
    for (std::size_t t = 0; t < order.size(); ++t) {
        const Node v = order[t];
        const Bytes here = live + dag.need[v]; // the inputs are still there
        peak = std::max(peak, here);
        live += dag.size[v] + dag.held[v];
        for (const Node u : dag.inputs(v)) {
            if (--rest[u] == 0) {
                live -= dag.size[u];
            }
        }
        if (during) {
            during[t] = here;
        }
        if (after) {
            after[t] = live;
        }
    }
    return peak;
}

} // namespace groundwork::scheduler
