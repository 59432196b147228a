// `best`: every heuristic; a short exact search on the parts between comparable nodes, which often
// ends with a proof; else beam search under falling budgets, exact search in windows around the
// peak, and a longer exact search.
// `exact`: the same start, then exact search on each part until proof, time or memory ends it.
#include "best.hpp"

#include <algorithm>
#include <numeric>

#include "bounds.hpp"
#include "memory.hpp"
#include "orders.hpp"

namespace groundwork::scheduler {

namespace {

constexpr Node beam_nodes = 20000; // above, a state per bucket no longer fits in the cache
constexpr int beam_rounds = 8;
constexpr std::int64_t window_states = 4000;
constexpr std::int64_t first_states = 20000;
constexpr std::int64_t last_states = 100000;

void take(const Dag &dag, Order order, Outcome &best) {
    const Bytes peak = peak_of(dag, order);
    if (best.order.empty() || peak < best.peak) {
        best.order = std::move(order);
        best.peak = peak;
    }
}

Outcome heuristics(const Dag &dag, const gws_options &options) {
    Outcome best;
    take(dag, kahn_order(dag), best);
    take(dag, dfs_order(dag), best);
    take(dag, lpmf_order(dag), best);
    take(dag, random_order(dag, options.seed), best);
    for (const int ties : {GWS_OLDEST, GWS_NEWEST, GWS_SMALLEST, GWS_ANY}) {
        take(dag, greedy_order(dag, false, ties, options.seed), best);
        take(dag, greedy_order(dag, true, ties, options.seed), best);
    }
    best.bound = simple_bound(dag);
    return best;
}

void put(const Dag &dag, std::size_t from, const Order &part, Outcome &best) {
    std::copy(part.begin(), part.end(), best.order.begin() + from);
    best.peak = peak_of(dag, best.order);
}

// The budget halves its distance to the bound after a success and to the peak after a failure,
// which for a beam is no proof.
void beam_part(const Dag &dag, std::int64_t effort, const Limits &limits, std::size_t from,
               std::size_t to, Outcome &best) {
    const Segment part = make_segment(dag, best.order, from, to);
    Order identity(part.n), found;
    std::iota(identity.begin(), identity.end(), 0);
    Bytes high = segment_peak(part, identity), low = std::max(best.bound, part.base);
    std::int64_t once = 0, tried = 0;
    std::size_t width = 1;
    for (int round = 0; round < beam_rounds && low < high && !limits.timed_out(); ++round) {
        const Bytes budget = round < 2 ? high - 1 : low + (high - low) / 2;
        if (beam(part, budget, width, round == 0 ? once : tried, found)) {
            high = segment_peak(part, found);
            for (Node &v : found) {
                v = part.nodes[v];
            }
            put(dag, from, found, best);
        } else if (round >= 2) {
            low = budget + 1;
        }
        const std::int64_t share = effort / (beam_rounds * std::max<std::int64_t>(once, 1));
        width = static_cast<std::size_t>(std::clamp<std::int64_t>(share, 1, 256));
    }
}

// Exact search in windows of the order around its highest step, until no window helps.
void polish(const Dag &dag, Limits &limits, Outcome &best) {
    std::vector<Bytes> during(dag.n);
    for (bool better = true; better && best.peak > best.bound && !limits.timed_out();) {
        better = false;
        peak_of(dag, best.order, during.data());
        const auto top = std::max_element(during.begin(), during.end()) - during.begin();
        for (const std::ptrdiff_t reach : {8, 16, 32, 64}) {
            for (const std::ptrdiff_t shift : {0, -1, 1}) {
                const std::ptrdiff_t middle = top + shift * reach / 2;
                const std::size_t from = std::max<std::ptrdiff_t>(middle - reach, 0);
                const std::size_t to = std::min<std::ptrdiff_t>(middle + reach, dag.n);
                if (better || from >= to) {
                    continue;
                }
                Limits small{window_states, limits.deadline, 0};
                Order part(best.order.begin() + from, best.order.begin() + to);
                const Segment window = make_segment(dag, best.order, from, to);
                Bytes peak = best.peak;
                minimise(window, std::max(best.bound, best.peak - 1), small, peak, part);
                limits.visited += small.visited;
                if (peak < best.peak) {
                    const Bytes before = best.peak;
                    put(dag, from, part, best);
                    better = best.peak < before;
                }
            }
        }
    }
}

// Exact search on each part, the highest first. True if `best` is now proven optimal.
bool prove(const Dag &dag, Limits &limits, Outcome &best) {
    struct Part {
        std::size_t from, to;
        Bytes peak;
    };
    std::vector<Part> parts;
    std::vector<Bytes> during(dag.n);
    peak_of(dag, best.order, during.data());
    std::size_t from = 0;
    for (const std::size_t to : cut_points(dag, best.order)) {
        parts.push_back({from, to, *std::max_element(during.begin() + from, during.begin() + to)});
        from = to;
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Part &a, const Part &b) { return a.peak > b.peak; });
    bool certain = true;
    Bytes proven = best.bound;
    for (const Part &part : parts) {
        if (part.peak <= proven) {
            break; // this part, and all after it, cost no more than what is known to be needed
        }
        if (limits.timed_out()) {
            certain = false; // a large graph has many parts, and each costs a look at all of it
            break;
        }
        const Segment segment = make_segment(dag, best.order, part.from, part.to);
        Order order(best.order.begin() + part.from, best.order.begin() + part.to);
        Bytes peak = part.peak;
        const Verdict verdict = minimise(segment, proven, limits, peak, order);
        put(dag, part.from, order, best);
        if (verdict == Verdict::impossible) {
            proven = std::max(proven, peak);
        }
        certain &= verdict != Verdict::stopped;
    }
    best.bound = proven;
    return certain || best.peak == best.bound;
}

void finish(Outcome &best, bool proven) {
    best.optimal = proven || best.peak == best.bound;
    best.bound = best.optimal ? best.peak : best.bound;
}

bool prove_briefly(const Dag &dag, std::int64_t states, Limits &limits, Outcome &best) {
    Limits brief{std::min(limits.states, states), limits.deadline, 0};
    finish(best, prove(dag, brief, best));
    limits.visited += brief.visited;
    return best.optimal;
}

} // namespace

Outcome best_schedule(const Dag &dag, const gws_options &options, Limits &limits) {
    Outcome best = heuristics(dag, options);
    best.bound = std::max(best.bound, cut_bound(dag, best.order, options.flow_work));
    if (best.peak == best.bound || dag.n > beam_nodes) {
        finish(best, false);
        return best;
    }
    if (prove_briefly(dag, first_states, limits, best)) {
        return best;
    }
    std::size_t from = 0;
    for (const std::size_t to : cut_points(dag, best.order)) {
        const std::int64_t share = static_cast<std::int64_t>(
            static_cast<double>(options.effort) * static_cast<double>(to - from) / dag.n);
        if (!limits.timed_out() && best.peak > best.bound) {
            beam_part(dag, share, limits, from, to, best);
        }
        from = to;
    }
    polish(dag, limits, best);
    best.bound = std::max(best.bound, cut_bound(dag, best.order, options.flow_work));
    prove_briefly(dag, last_states, limits, best);
    return best;
}

Outcome exact_schedule(const Dag &dag, const gws_options &options, Limits &limits) {
    Outcome best = best_schedule(dag, options, limits);
    if (!best.optimal) {
        finish(best, prove(dag, limits, best));
    }
    return best;
}

Outcome serenity_schedule(const Dag &dag, Limits &limits) {
    Outcome best;
    best.order = kahn_order(dag);
    best.peak = peak_of(dag, best.order);
    best.bound = simple_bound(dag);
    bool proven = true;
    std::size_t from = 0;
    for (const std::size_t to : cut_points(dag, best.order)) {
        if (limits.timed_out()) {
            proven = false;
            break;
        }
        const Segment part = make_segment(dag, best.order, from, to);
        Order order(best.order.begin() + from, best.order.begin() + to), identity(part.n);
        std::iota(identity.begin(), identity.end(), 0);
        Bytes peak = segment_peak(part, identity);
        proven &= serenity(part, limits, peak, order) == Verdict::impossible;
        put(dag, from, order, best);
        from = to;
    }
    finish(best, proven);
    return best;
}

} // namespace groundwork::scheduler
