// The minimum-cut bound. When v runs, the set D of finished nodes contains v's ancestors A, leaves
// out v and its descendants, and is closed under inputs. Live memory
//     f(D) = sum of size(u) over u in D with a consumer outside D, + sum of held(u) over u in D
// is submodular in D, and its minimum over such D is a minimum cut:
//     source side = D;   c -> u, unbounded, for each input u of c    (closed under inputs)
//     u -> h(u), size(u);   h(u) -> c, unbounded, for each consumer c   (pays if some c is outside)
//     u -> sink, held(u).
// Finished-for-sure nodes merge into the source, not-yet-for-sure ones into the sink.
#include "bounds.hpp"

#include <algorithm>
#include <numeric>

#include "flow.hpp"
#include "memory.hpp"

namespace groundwork::scheduler {

namespace {

enum class Side : std::uint8_t { open, before, after };

std::vector<Side> sides(const Dag &dag, Node v, std::int64_t &work) {
    std::vector<Side> side(dag.n, Side::open);
    std::vector<Node> stack{v};
    const auto spread = [&](auto &&neighbours, Side mark) {
        stack.assign(1, v);
        while (!stack.empty()) {
            const Node at = stack.back();
            stack.pop_back();
            for (const Node next : neighbours(at)) {
                --work;
                if (side[next] == Side::open) {
                    side[next] = mark;
                    stack.push_back(next);
                }
            }
        }
    };
    spread([&](Node at) { return dag.inputs(at); }, Side::before);
    spread([&](Node at) { return dag.consumers(at); }, Side::after);
    side[v] = Side::after;
    return side;
}

struct CutNetwork {
    Flow flow{2};
    Bytes constant = 0; // live whatever D is
    bool trivial = true;
};

// How many of u's consumers are undecided, and whether one surely has not run.
std::pair<int, bool> rest(const Dag &dag, const std::vector<Side> &side, Node u) {
    int open = 0;
    bool waiting = false;
    for (const Node c : dag.consumers(u)) {
        open += side[c] == Side::open;
        waiting |= side[c] == Side::after;
    }
    return {open, waiting};
}

CutNetwork network(const Dag &dag, const std::vector<Side> &side) {
    constexpr std::int32_t source = 0, sink = 1;
    CutNetwork net;
    std::vector<std::int32_t> id(dag.n, -1);
    for (Node u = 0; u < dag.n; ++u) {
        id[u] = side[u] == Side::open ? net.flow.add_node() : source;
    }
    for (Node u = 0; u < dag.n; ++u) {
        if (side[u] == Side::after) {
            continue;
        }
        const bool open = side[u] == Side::open;
        const auto [undecided, waiting] = rest(dag, side, u);
        Bytes always = dag.held[u] + (waiting ? dag.size[u] : 0);
        if (open && always > 0) {
            net.flow.add_arc(id[u], sink, always);
        } else if (!open) {
            net.constant += always;
        }
        if (!waiting && undecided > 0 && dag.size[u] > 0) {
            const std::int32_t hub = net.flow.add_node();
            net.flow.add_arc(id[u], hub, dag.size[u]);
            for (const Node c : dag.consumers(u)) {
                if (side[c] == Side::open) {
                    net.flow.add_arc(hub, id[c], Flow::unbounded);
                }
            }
            net.trivial &= open;
        }
        if (open) {
            for (const Node input : dag.inputs(u)) {
                if (side[input] == Side::open) {
                    net.flow.add_arc(id[u], id[input], Flow::unbounded);
                }
            }
        }
    }
    return net;
}

} // namespace

Bytes simple_bound(const Dag &dag) {
    Bytes most = 0;
    for (Node v = 0; v < dag.n; ++v) {
        Bytes here = dag.need[v];
        for (const Node u : dag.inputs(v)) {
            here += dag.size[u] + dag.held[u];
        }
        most = std::max(most, here);
    }
    return std::max(most, std::accumulate(dag.held.begin(), dag.held.end(), Bytes{0}));
}

Bytes cut_at(const Dag &dag, Node v, std::int64_t &work) {
    CutNetwork net = network(dag, sides(dag, v, work));
    work -= dag.edges() + dag.n;
    const std::int64_t cut = net.trivial ? 0 : net.flow.maximum(0, 1, work);
    return cut < 0 ? -1 : net.constant + cut + dag.need[v];
}

// A node's bound is at most what it costs in any one order, so nodes that cost little there are
// never looked at: the nodes go by falling cost in `guide` until the best bound reaches the cost.
Bytes cut_bound(const Dag &dag, const Order &guide, std::int64_t work) {
    Bytes bound = simple_bound(dag);
    std::vector<Bytes> during(dag.n);
    peak_of(dag, guide, during.data());
    std::vector<Node> steps(dag.n);
    std::iota(steps.begin(), steps.end(), 0);
    std::stable_sort(steps.begin(), steps.end(),
                     [&](Node a, Node b) { return during[a] > during[b]; });
    for (const Node t : steps) {
        if (during[t] <= bound || work < 0) {
            break;
        }
        bound = std::max(bound, cut_at(dag, guide[t], work));
    }
    return bound;
}

} // namespace groundwork::scheduler
