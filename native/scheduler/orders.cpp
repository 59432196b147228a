// Orders that do not look at sizes: Kahn's queue, a random draw, depth first.
#include "orders.hpp"

#include <utility>

#include "groundwork/door.hpp"

namespace groundwork::scheduler {

namespace {

std::vector<Node> in_degrees(const Dag &dag) {
    std::vector<Node> pending(dag.n);
    for (Node v = 0; v < dag.n; ++v) {
        pending[v] = static_cast<Node>(dag.inputs(v).size());
    }
    return pending;
}

void need_all(const Dag &dag, const Order &order) {
    if (order.size() != static_cast<std::size_t>(dag.n)) {
        throw InvalidArgument("the graph has a cycle");
    }
}

} // namespace

// A. B. Kahn, "Topological sorting of large networks", 1962: the order itself is the queue.
Order kahn_order(const Dag &dag) {
    std::vector<Node> pending = in_degrees(dag);
    Order order;
    order.reserve(dag.n);
    for (Node v = 0; v < dag.n; ++v) {
        if (pending[v] == 0) {
            order.push_back(v);
        }
    }
    for (std::size_t at = 0; at < order.size(); ++at) {
        for (const Node c : dag.consumers(order[at])) {
            if (--pending[c] == 0) {
                order.push_back(c);
            }
        }
    }
    need_all(dag, order);
    return order;
}

Order random_order(const Dag &dag, std::uint64_t seed) {
    Random random(seed);
    std::vector<Node> pending = in_degrees(dag), ready;
    for (Node v = 0; v < dag.n; ++v) {
        if (pending[v] == 0) {
            ready.push_back(v);
        }
    }
    Order order;
    order.reserve(dag.n);
    while (!ready.empty()) {
        std::swap(ready[random.below(ready.size())], ready.back());
        const Node v = ready.back();
        ready.pop_back();
        order.push_back(v);
        for (const Node c : dag.consumers(v)) {
            if (--pending[c] == 0) {
                ready.push_back(c);
            }
        }
    }
    need_all(dag, order);
    return order;
}

// Post-order from each output in turn; an explicit stack, since graphs are deeper than stacks.
Order dfs_order(const Dag &dag) {
    kahn_order(dag); // refuses a cycle, on which the walk below would not end rightly
    std::vector<bool> seen(dag.n, false);
    std::vector<std::pair<Node, std::int64_t>> stack; // a node and its next input to visit
    Order order;
    order.reserve(dag.n);
    for (Node sink = 0; sink < dag.n; ++sink) {
        if (!dag.consumers(sink).empty()) {
            continue;
        }
        stack.emplace_back(sink, dag.in_at[sink]);
        seen[sink] = true;
        while (!stack.empty()) {
            auto &[v, at] = stack.back();
            if (at == dag.in_at[v + 1]) {
                order.push_back(v);
                stack.pop_back();
                continue;
            }
            const Node u = dag.in[at++];
            if (!seen[u]) {
                seen[u] = true;
                stack.emplace_back(u, dag.in_at[u]);
            }
        }
    }
    return order;
}

} // namespace groundwork::scheduler
