// Batches: the same for the same numbers, others for others, sorted by sample, and p = 1 always on.
#include "groundwork/check.hpp"
#include "sampler.hpp"

using namespace groundwork::reproduction;

TEST("a batch depends on seed, stream and step alone") {
    const std::vector<double> chances{0.5, 0.1, 1.0, 0.0};
    Sampler sampler(chances, 100);
    Batch first, second;
    sampler.draw({1, 2, 3}, first);
    sampler.draw({1, 2, 4}, second);
    CHECK(first.values != second.values);
    sampler.draw({1, 3, 3}, second);
    CHECK(first.values != second.values);
    sampler.draw({1, 2, 3}, second);
    CHECK(first.values == second.values && first.offsets == second.offsets);
}

TEST("entries lie by sample, a certain feature is always on, an impossible one never") {
    const std::vector<double> chances{0.5, 0.1, 1.0, 0.0};
    Sampler sampler(chances, 500);
    Batch batch;
    sampler.draw({0, 0, 0}, batch);
    CHECK(batch.offsets.front() == 0);
    CHECK(static_cast<std::size_t>(batch.offsets.back()) == batch.values.size());
    std::vector<int> counts(4);
    for (std::size_t s = 0; s + 1 < batch.offsets.size(); ++s) {
        std::int32_t last = -1;
        for (auto k = batch.offsets[s]; k < batch.offsets[s + 1]; ++k) {
            const std::int32_t feature = batch.features[static_cast<std::size_t>(k)];
            CHECK(feature > last);
            last = feature;
            ++counts[static_cast<std::size_t>(feature)];
        }
    }
    CHECK(counts[2] == 500 && counts[3] == 0);
    CHECK(counts[0] > 190 && counts[0] < 310); // 250, five standard deviations
}

int main() {
    return groundwork::run_tests();
}
