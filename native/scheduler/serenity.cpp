// SERENITY's scheduler (Ahn et al., "Ordering Chaos", MLSys 2020), from the paper's description:
// dynamic programming level by level, where level k holds one best partial schedule for each set
// of ready nodes (their "zero-indegree set") that k steps can reach; partial schedules above a
// soft budget are dropped, and the budget moves by bisection between "no solution" and "timeout".
// Differs: a level that outgrows a cap on states counts as the timeout, so that runs repeat.
#include <algorithm>
#include <unordered_map>

#include "bits.hpp"
#include "search.hpp"

namespace groundwork::scheduler {

namespace {

template <int W> struct Hash {
    std::size_t operator()(const Bits<W> &key) const { return key.hash(); }
};

// A partial schedule: its cost, and the step that led to it.
struct Partial {
    Bytes live, peak;
    std::int32_t parent;
    Node last;
};

template <int W> class Levels {
  public:
    Levels(const Segment &part, Limits &limits) : part_(part), limits_(limits) {
        readers_.resize(part.values.size());
        for (Node v = 0; v < part.n; ++v) {
            for (const Node u : part.reads[v]) {
                readers_[u].push_back(v);
            }
            inputs_.emplace_back();
        }
        for (Node v = 0; v < part.n; ++v) {
            for (const Node c : part.consumers[v]) {
                inputs_[c].set(v);
            }
        }
    }

    Verdict run(Bytes budget, std::int64_t cap, Bytes &peak, Order &trail) {
        std::vector<std::vector<Partial>> levels(1);
        std::vector<Bits<W>> sets(1); // finished nodes, which the ready set determines
        levels[0].push_back({part_.base, part_.base, -1, -1});
        for (Node k = 0; k < part_.n; ++k) {
            std::unordered_map<Bits<W>, std::int32_t, Hash<W>> seen;
            std::vector<Bits<W>> next_sets;
            std::vector<Partial> next;
            for (std::size_t at = 0; at < sets.size(); ++at) {
                extend(sets[at], levels[k][at], static_cast<std::int32_t>(at), budget, seen,
                       next_sets, next);
                limits_.visited += 1;
                if (static_cast<std::int64_t>(next.size()) > cap) {
                    return Verdict::stopped;
                }
            }
            if (next.empty()) {
                return Verdict::impossible;
            }
            levels.push_back(std::move(next));
            sets = std::move(next_sets);
        }
        peak = levels[part_.n][0].peak;
        trail.assign(part_.n, 0);
        for (std::int32_t k = part_.n, at = 0; k > 0; --k) {
            trail[k - 1] = levels[k][at].last;
            at = levels[k][at].parent;
        }
        return Verdict::found;
    }

  private:
    void extend(const Bits<W> &done, const Partial &from, std::int32_t parent, Bytes budget,
                std::unordered_map<Bits<W>, std::int32_t, Hash<W>> &seen,
                std::vector<Bits<W>> &sets, std::vector<Partial> &next) {
        for (Node v = 0; v < part_.n; ++v) {
            if (done.has(v) || !within(inputs_[v], done)) {
                continue;
            }
            const Bytes peak = std::max(from.peak, from.live + part_.need[v]);
            if (peak > budget) {
                continue;
            }
            Bits<W> set = done;
            set.set(v);
            const auto [slot, fresh] =
                seen.try_emplace(set, static_cast<std::int32_t>(next.size()));
            if (fresh) {
                sets.push_back(set);
                next.push_back({live_after(from.live, done, v), peak, parent, v});
            } else if (peak < next[slot->second].peak) {
                next[slot->second].peak = peak; // live depends on the set alone
                next[slot->second].parent = parent;
                next[slot->second].last = v;
            }
        }
    }

    static bool within(const Bits<W> &a, const Bits<W> &b) {
        bool inside = true;
        for (int k = 0; k < W; ++k) {
            inside &= (a.word[k] & ~b.word[k]) == 0;
        }
        return inside;
    }

    Bytes live_after(Bytes live, const Bits<W> &done, Node v) const {
        live += part_.gain[v];
        for (const Node u : part_.reads[v]) {
            Node left = part_.values[u].uses;
            for (const Node r : readers_[u]) {
                left -= done.has(r);
            }
            live -= left == 1 ? part_.values[u].size : 0;
        }
        return live;
    }

    const Segment &part_;
    Limits &limits_;
    std::vector<Bits<W>> inputs_;
    std::vector<std::vector<Node>> readers_;
};

// Bisection on the soft budget. At "timeout" it falls, at "no solution" it rises towards the
// smallest budget that timed out; the first budget with a solution gives the optimum, since the
// levels then held every partial schedule that is no worse.
template <int W> Verdict adaptive(const Segment &part, Limits &limits, Bytes &peak, Order &order) {
    Levels<W> levels(part, limits);
    const std::int64_t cap = std::max<std::int64_t>(1, limits.states / std::max<Node>(part.n, 1));
    Bytes low = part.base - 1, high = peak; // no solution at low; high has one or timed out
    Bytes budget = peak;
    Order trail;
    while (!limits.timed_out()) {
        Bytes found = 0;
        const Verdict verdict = levels.run(budget, cap, found, trail);
        if (verdict == Verdict::found) {
            peak = found;
            for (Node i = 0; i < part.n; ++i) {
                order[i] = part.nodes[trail[i]];
            }
            return Verdict::impossible; // nothing lower exists
        }
        (verdict == Verdict::impossible ? low : high) = budget;
        const Bytes middle = low + (high - low) / 2;
        if (middle == low || middle == budget) {
            return Verdict::stopped;
        }
        budget = middle;
    }
    return Verdict::stopped;
}

} // namespace

Verdict serenity(const Segment &segment, Limits &limits, Bytes &peak, Order &order) {
    if (segment.n > max_search_nodes) {
        return Verdict::stopped;
    }
    if (segment.n <= 64) {
        return adaptive<1>(segment, limits, peak, order);
    }
    if (segment.n <= 128) {
        return adaptive<2>(segment, limits, peak, order);
    }
    if (segment.n <= 256) {
        return adaptive<4>(segment, limits, peak, order);
    }
    return segment.n <= 512 ? adaptive<8>(segment, limits, peak, order)
                            : adaptive<16>(segment, limits, peak, order);
}

} // namespace groundwork::scheduler
