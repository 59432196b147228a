#include "groundwork/check.hpp"
#include "groundwork/door.hpp"

#include "graphs.hpp"
#include "memory.hpp"

using namespace groundwork;
using namespace groundwork::scheduler;

namespace {

std::vector<Order> all_orders(const Dag &dag, std::uint64_t seed) {
    std::vector<Order> orders{kahn_order(dag), random_order(dag, seed), dfs_order(dag),
                              lpmf_order(dag)};
    for (const int ties : {GWS_OLDEST, GWS_NEWEST, GWS_SMALLEST, GWS_ANY}) {
        orders.push_back(greedy_order(dag, false, ties, seed));
        orders.push_back(greedy_order(dag, true, ties, seed));
    }
    return orders;
}

} // namespace

TEST("every order is valid and costs at least the optimum") {
    Random random(1);
    for (int k = 0; k < 400; ++k) {
        const Dag dag = make_dag(random_graph(random, 9).view());
        const Bytes least = least_peak(dag);
        for (const Order &order : all_orders(dag, static_cast<std::uint64_t>(k))) {
            check_order(dag, order);
            CHECK(peak_of(dag, order) >= least);
        }
    }
}

TEST("inputs are still live while a node runs") {
    Arrays arrays;
    arrays.add({}, 10);
    arrays.add({0}, 5);
    const Dag dag = make_dag(arrays.view());
    CHECK(peak_of(dag, kahn_order(dag)) == 15);
}

TEST("frees most and grows least differ where they should") {
    Arrays arrays; // 2 frees 10 but adds 30; 3 frees 4 and adds 1
    arrays.add({}, 10);
    arrays.add({}, 4);
    arrays.add({0}, 30);
    arrays.add({1}, 1);
    const Dag dag = make_dag(arrays.view());
    const auto place = [](const Order &order, Node v) {
        return std::find(order.begin(), order.end(), v) - order.begin();
    };
    const Order frees = greedy_order(dag, false, GWS_OLDEST, 0);
    const Order grows = greedy_order(dag, true, GWS_OLDEST, 0);
    CHECK(place(frees, 2) < place(frees, 1)); // frees 10, a source frees nothing
    CHECK(place(grows, 3) < place(grows, 2)); // -3 before +20
}

TEST("a chain of a million nodes needs no stack") {
    Arrays arrays;
    arrays.add({}, 1);
    for (Node v = 1; v < 1000000; ++v) {
        arrays.add({v - 1}, 1);
    }
    const Dag dag = make_dag(arrays.view());
    for (const Order &order : all_orders(dag, 1)) {
        CHECK(peak_of(dag, order) == 2);
    }
}

TEST("a cycle is refused by every order, and named") {
    Arrays arrays;
    arrays.add({2}, 1);
    arrays.add({0}, 1);
    arrays.add({1}, 1);
    const Dag dag = make_dag(arrays.view());
    CHECK_THROWS(InvalidArgument, kahn_order(dag));
    CHECK_THROWS(InvalidArgument, random_order(dag, 0));
    CHECK_THROWS(InvalidArgument, dfs_order(dag));
    CHECK_THROWS(InvalidArgument, greedy_order(dag, true, GWS_OLDEST, 0));
    CHECK_THROWS(InvalidArgument, lpmf_order(dag));
    CHECK((find_cycle(dag) == std::vector<Node>{1, 2, 0} ||
           find_cycle(dag) == std::vector<Node>{2, 0, 1} ||
           find_cycle(dag) == std::vector<Node>{0, 1, 2}));
}

int main() {
    return run_tests();
}
