// Small graphs for the tests, and the slow truth: every set of finished nodes.
#pragma once

#include <algorithm>
#include <limits>
#include <map>

#include "dag.hpp"
#include "orders.hpp"

namespace groundwork::scheduler {

struct Arrays {
    std::vector<std::int64_t> offsets{0}, sizes, helds, workspaces;
    std::vector<std::int32_t> inputs;
    std::vector<std::uint8_t> keeps;

    void add(std::vector<Node> read, Bytes size, Bytes held = 0, Bytes work = 0,
             bool keep = false) {
        inputs.insert(inputs.end(), read.begin(), read.end());
        offsets.push_back(static_cast<std::int64_t>(inputs.size()));
        sizes.push_back(size);
        helds.push_back(held);
        workspaces.push_back(work);
        keeps.push_back(keep);
    }
    gws_graph view() const {
        return {static_cast<std::int64_t>(sizes.size()),
                offsets.data(),
                inputs.data(),
                sizes.data(),
                helds.data(),
                workspaces.data(),
                keeps.data()};
    }
};

inline Arrays random_graph(Random &random, int most) {
    Arrays arrays;
    const int n = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(most)));
    const std::uint64_t chance = random.below(100);
    for (int v = 0; v < n; ++v) {
        std::vector<Node> read;
        for (Node u = 0; u < v; ++u) {
            if (random.below(100) < chance) {
                read.push_back(u);
            }
        }
        const auto bytes = [&](std::uint64_t rarely) {
            return random.below(rarely) ? 0 : static_cast<Bytes>(random.below(50));
        };
        arrays.add(read, bytes(1), bytes(5), bytes(4), random.below(8) == 0);
    }
    return arrays;
}

// Least peak over all orders, straight from the definition of live memory.
inline Bytes least_peak(const Dag &dag) {
    const auto live = [&](std::uint32_t done) {
        Bytes total = 0;
        for (Node u = 0; u < dag.n; ++u) {
            if (done >> u & 1) {
                total += dag.held[u];
                for (const Node c : dag.consumers(u)) {
                    if (!(done >> c & 1)) {
                        total += dag.size[u];
                        break;
                    }
                }
            }
        }
        return total;
    };
    std::map<std::uint32_t, Bytes> level{{0, 0}};
    for (Node k = 0; k < dag.n; ++k) {
        std::map<std::uint32_t, Bytes> next;
        for (const auto &[done, peak] : level) {
            for (Node v = 0; v < dag.n; ++v) {
                const auto inputs = dag.inputs(v);
                const bool ready = std::all_of(inputs.begin(), inputs.end(),
                                               [&, d = done](Node u) { return d >> u & 1; });
                if (!(done >> v & 1) && ready) {
                    const Bytes cost = std::max(peak, live(done) + dag.need[v]);
                    const auto [slot, fresh] = next.try_emplace(done | 1u << v, cost);
                    slot->second = std::min(slot->second, cost);
                }
            }
        }
        level = std::move(next);
    }
    return level.begin()->second;
}

} // namespace groundwork::scheduler
