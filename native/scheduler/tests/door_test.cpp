// The C door with arguments that make no sense, and random bytes in place of a graph.
#include <cstring>

#include "groundwork/check.hpp"

#include "graphs.hpp"

using namespace groundwork::scheduler;

namespace {

Arrays pair() {
    Arrays arrays;
    arrays.add({}, 4);
    arrays.add({0}, 2);
    return arrays;
}

int plan(const gws_graph &graph, int policy = GWS_BEST) {
    std::vector<std::int32_t> order(64);
    gws_options options{policy, GWS_OLDEST, 0, 0, 1000, 1000, 1000};
    gws_result result{};
    return gws_schedule(&graph, &options, order.data(), &result);
}

bool says(const char *words) {
    return std::strstr(groundwork_last_error(), words) != nullptr;
}

} // namespace

TEST("a good graph is planned by every policy") {
    const Arrays arrays = pair();
    for (int policy = GWS_KAHN; policy <= GWS_EXACT; ++policy) {
        CHECK(plan(arrays.view(), policy) == 0);
    }
    CHECK(plan(arrays.view(), 99) == 1 && says("policy"));
}

TEST("malformed arrays are refused by name") {
    Arrays arrays = pair();
    arrays.sizes[1] = -1;
    CHECK(plan(arrays.view()) == 1 && says("node 1"));
    arrays = pair();
    arrays.inputs[0] = 7;
    CHECK(plan(arrays.view()) == 1 && says("outside"));
    arrays = pair();
    arrays.inputs[0] = 1;
    CHECK(plan(arrays.view()) == 1 && says("cycle"));
    arrays = pair();
    arrays.offsets[1] = 5;
    CHECK(plan(arrays.view()) == 1);
    arrays = pair();
    arrays.workspaces[1] = -3;
    CHECK(plan(arrays.view()) == 1 && says("takes over"));
    arrays = pair();
    arrays.sizes[0] = max_bytes;
    CHECK(plan(arrays.view()) == 1 && says("add up"));
    gws_graph empty{};
    CHECK(plan(empty) == 1);
    CHECK(gws_schedule(nullptr, nullptr, nullptr, nullptr) == 1);
}

TEST("orders that are none are refused") {
    const Arrays arrays = pair();
    const gws_graph graph = arrays.view();
    std::int64_t peak = 0;
    const std::int32_t good[] = {0, 1}, backward[] = {1, 0}, twice[] = {0, 0}, far[] = {0, 9};
    CHECK(gws_peak(&graph, good, &peak, nullptr, nullptr) == 0 && peak == 6);
    CHECK(gws_peak(&graph, backward, &peak, nullptr, nullptr) == 1);
    CHECK(gws_peak(&graph, twice, &peak, nullptr, nullptr) == 1);
    CHECK(gws_peak(&graph, far, &peak, nullptr, nullptr) == 1);
}

TEST("a topological order needs offsets and inputs alone, and refuses what is no graph") {
    const std::int64_t offsets[] = {0, 1, 1, 3};
    const std::int32_t inputs[] = {1, 0, 0}, circle[] = {2, 0, 0}, far[] = {1, 0, 3};
    gws_graph graph{3, offsets, inputs, nullptr, nullptr, nullptr, nullptr};
    std::int32_t order[3] = {};
    CHECK(gws_topological(&graph, order) == 0 && order[0] == 1 && order[1] == 0 && order[2] == 2);
    CHECK(gws_topological(&graph, nullptr) == 1);
    CHECK(gws_topological(nullptr, order) == 1);
    graph.inputs = circle;
    CHECK(gws_topological(&graph, order) == 1);
    graph.inputs = far;
    CHECK(gws_topological(&graph, order) == 1);
    graph.offsets = nullptr;
    CHECK(gws_topological(&graph, order) == 1);
}

TEST("ten thousand random arrays neither crash nor pass unnoticed") {
    Random random(6);
    int refused = 0;
    for (int k = 0; k < 10000; ++k) {
        Arrays arrays = random_graph(random, 8);
        const std::uint64_t kind = random.below(4);
        const std::uint64_t at = random.below(arrays.sizes.size());
        const auto wild = static_cast<std::int64_t>(random.next());
        if (kind == 0 && !arrays.inputs.empty()) {
            arrays.inputs[random.below(arrays.inputs.size())] = static_cast<std::int32_t>(wild);
        } else if (kind == 1) {
            arrays.sizes[at] = wild;
        } else if (kind == 2) {
            arrays.workspaces[at] = wild;
        } else if (!arrays.inputs.empty()) {
            arrays.inputs[random.below(arrays.inputs.size())] = static_cast<std::int32_t>(at);
        }
        refused += plan(arrays.view(), static_cast<int>(random.below(9))) != 0;
    }
    CHECK(refused > 3000 && refused < 10000);
}

int main() {
    return groundwork::run_tests();
}
