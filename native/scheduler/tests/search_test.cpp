#include "groundwork/check.hpp"

#include "best.hpp"
#include "bounds.hpp"
#include "graphs.hpp"
#include "memory.hpp"

using namespace groundwork;
using namespace groundwork::scheduler;

namespace {

constexpr gws_options usual{GWS_EXACT, GWS_OLDEST, 0, 0, 1000000, 100000, 10000000};

Limits no_limits() {
    return {1000000, std::chrono::steady_clock::time_point::max(), 0};
}

} // namespace

TEST("exact, SERENITY and the bound against every set of finished nodes") {
    Random random(2);
    for (int k = 0; k < 500; ++k) {
        const Dag dag = make_dag(random_graph(random, 10).view());
        const Bytes least = least_peak(dag);
        Limits a = no_limits(), b = no_limits(), c = no_limits();
        const Outcome exact = exact_schedule(dag, usual, a), levels = serenity_schedule(dag, b);
        const Outcome best = best_schedule(dag, usual, c);
        CHECK(exact.optimal && exact.peak == least && peak_of(dag, exact.order) == least);
        CHECK(levels.optimal && levels.peak == least && peak_of(dag, levels.order) == least);
        CHECK(best.bound <= least && (!best.optimal || best.peak == least));
        CHECK(cut_bound(dag, kahn_order(dag), 10000000) <= least);
        check_order(dag, exact.order);
    }
}

TEST("beam search stays within its budget and finds the optimum when wide") {
    Random random(3);
    for (int k = 0; k < 200; ++k) {
        const Dag dag = make_dag(random_graph(random, 9).view());
        const Bytes least = least_peak(dag);
        const Order order = kahn_order(dag);
        const Segment all = make_segment(dag, order, 0, order.size());
        std::int64_t tried = 0;
        Order found;
        CHECK(beam(all, least, 1 << 12, tried, found) && segment_peak(all, found) == least);
        CHECK(!beam(all, least - 1, 1 << 12, tried, found));
    }
}

TEST("a search that may remember one state says so, and is still valid") {
    Random random(4);
    int stopped = 0;
    for (int k = 0; k < 200; ++k) {
        const Dag dag = make_dag(random_graph(random, 10).view());
        Limits limits{1, std::chrono::steady_clock::time_point::max(), 0};
        const Outcome outcome = exact_schedule(dag, usual, limits);
        check_order(dag, outcome.order);
        stopped += !outcome.optimal;
        CHECK(outcome.bound <= least_peak(dag) && outcome.peak >= least_peak(dag));
        CHECK(!outcome.optimal || outcome.peak == least_peak(dag));
    }
    CHECK(stopped > 0);
}

TEST("no work at all still gives a bound") {
    Random random(5);
    const Dag dag = make_dag(random_graph(random, 10).view());
    CHECK(cut_bound(dag, kahn_order(dag), 0) >= simple_bound(dag));
}

int main() {
    return run_tests();
}
