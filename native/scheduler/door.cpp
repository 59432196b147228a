// The C door: checks arrays, runs a policy, returns a status.
#include "groundwork/door.hpp"

#include <algorithm>

#include "best.hpp"
#include "bounds.hpp"
#include "memory.hpp"
#include "orders.hpp"

using namespace groundwork;
using namespace groundwork::scheduler;

GROUNDWORK_DEFINE_LAST_ERROR()

namespace {

std::span<const Node> checked(const Dag &dag, const std::int32_t *order) {
    if (!order && dag.n > 0) {
        throw InvalidArgument("an order is missing");
    }
    const std::span<const Node> view(order, static_cast<std::size_t>(dag.n));
    check_order(dag, view);
    return view;
}

Limits limits_of(const gws_options &options) {
    using clock = std::chrono::steady_clock;
    Limits limits{std::max<std::int64_t>(options.states, 1), clock::time_point::max(), 0};
    if (options.time_limit > 0 && options.time_limit < 1e9) {
        limits.deadline = clock::now() + std::chrono::duration_cast<clock::duration>(
                                             std::chrono::duration<double>(options.time_limit));
    }
    return limits;
}

Outcome simple(const Dag &dag, const gws_options &options) {
    Outcome outcome;
    switch (options.policy) {
    case GWS_KAHN:
        outcome.order = kahn_order(dag);
        break;
    case GWS_RANDOM:
        outcome.order = random_order(dag, options.seed);
        break;
    case GWS_DFS:
        outcome.order = dfs_order(dag);
        break;
    case GWS_GREEDY_FREE:
    case GWS_GREEDY_GROW:
        outcome.order =
            greedy_order(dag, options.policy == GWS_GREEDY_GROW, options.ties, options.seed);
        break;
    case GWS_LPMF:
        outcome.order = lpmf_order(dag);
        break;
    default:
        throw InvalidArgument("an unknown policy");
    }
    outcome.peak = peak_of(dag, outcome.order);
    outcome.bound = simple_bound(dag);
    outcome.optimal = outcome.peak == outcome.bound;
    return outcome;
}

} // namespace

GROUNDWORK_DOOR int gws_schedule(const gws_graph *graph, const gws_options *options,
                                 std::int32_t *order, gws_result *result) {
    return guarded([&] {
        if (!graph || !options || !result || (!order && graph->nodes > 0)) {
            throw InvalidArgument("an argument is missing");
        }
        const Dag dag = make_dag(*graph);
        Limits limits = limits_of(*options);
        const Outcome outcome = options->policy == GWS_BEST ? best_schedule(dag, *options, limits)
                                : options->policy == GWS_EXACT
                                    ? exact_schedule(dag, *options, limits)
                                : options->policy == GWS_SERENITY ? serenity_schedule(dag, limits)
                                                                  : simple(dag, *options);
        std::copy(outcome.order.begin(), outcome.order.end(), order);
        *result = {outcome.peak, outcome.bound, limits.visited, outcome.optimal ? 1 : 0};
    });
}

GROUNDWORK_DOOR int gws_topological(const gws_graph *graph, std::int32_t *order) {
    return guarded([&] {
        if (!graph || (!order && graph->nodes > 0)) {
            throw InvalidArgument("an argument is missing");
        }
        topological_order(*graph, order);
    });
}

GROUNDWORK_DOOR int gws_peak(const gws_graph *graph, const std::int32_t *order, std::int64_t *peak,
                             std::int64_t *during, std::int64_t *after) {
    return guarded([&] {
        const Dag dag = make_dag(*graph);
        *peak = peak_of(dag, checked(dag, order), during, after);
    });
}

GROUNDWORK_DOOR int gws_intervals(const gws_graph *graph, const std::int32_t *order,
                                  std::int64_t *births, std::int64_t *deaths) {
    return guarded([&] {
        const Dag dag = make_dag(*graph);
        const std::span<const Node> view = checked(dag, order);
        for (Node t = 0; t < dag.n; ++t) {
            const Node v = view[t];
            births[v] = t;
            deaths[v] = dag.n; // unless a last consumer says otherwise
            for (const Node u : dag.inputs(v)) {
                deaths[u] = graph->keeps[u] ? dag.n : t + 1;
            }
        }
    });
}

GROUNDWORK_DOOR int gws_bound(const gws_graph *graph, const std::int32_t *order,
                              std::int64_t flow_work, std::int64_t *bound) {
    return guarded([&] {
        const Dag dag = make_dag(*graph);
        const std::span<const Node> view = checked(dag, order);
        *bound = cut_bound(dag, Order(view.begin(), view.end()), flow_work);
    });
}

GROUNDWORK_DOOR int gws_cycle(const gws_graph *graph, std::int32_t *cycle, std::int64_t *length) {
    return guarded([&] {
        const std::vector<Node> nodes = find_cycle(make_dag(*graph));
        std::copy(nodes.begin(), nodes.end(), cycle);
        *length = static_cast<std::int64_t>(nodes.size());
    });
}
