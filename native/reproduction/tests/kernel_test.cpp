// The gradient through the C API against the dense definition in double, for widths that do and do
// not fill whole vectors, and what the API refuses.
#include "groundwork/check.hpp"
#include "superposition.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace {

struct Case {
    std::int64_t n, m, samples;
    std::vector<float> weights, bias;
    std::vector<std::int32_t> offsets, features;
    std::vector<float> values;

    Case(std::int64_t features_, std::int64_t width, std::int64_t batch, float shift)
        : n(features_), m(width), samples(batch), offsets{0} {
        std::mt19937 random(7);
        std::normal_distribution<float> normal;
        std::uniform_real_distribution<float> unit;
        for (std::int64_t i = 0; i < n * m; ++i) {
            weights.push_back(normal(random) / std::sqrt(static_cast<float>(m)));
        }
        for (std::int64_t i = 0; i < n; ++i) {
            bias.push_back(normal(random) + shift);
        }
        for (std::int64_t s = 0; s < samples; ++s) {
            for (std::int32_t i = 0; i < n; ++i) {
                if (unit(random) < 0.05f) {
                    features.push_back(i);
                    values.push_back(2 * unit(random));
                }
            }
            offsets.push_back(static_cast<std::int32_t>(values.size()));
        }
    }
    gwr_model model() { return {n, m, weights.data(), bias.data(), nullptr}; }
    gwr_batch batch() const { return {samples, offsets.data(), features.data(), values.data()}; }

    // dW and the loss by the definition, in double, with every zero.
    double dense(std::vector<double> &dw) const {
        dw.assign(weights.size(), 0.0);
        double loss = 0;
        for (std::int64_t s = 0; s < samples; ++s) {
            std::vector<double> x(static_cast<std::size_t>(n)), h(static_cast<std::size_t>(m)),
                dh(h.size());
            for (auto k = offsets[static_cast<std::size_t>(s)];
                 k < offsets[static_cast<std::size_t>(s) + 1]; ++k) {
                x[static_cast<std::size_t>(features[static_cast<std::size_t>(k)])] =
                    static_cast<double>(values[static_cast<std::size_t>(k)]);
            }
            const auto w = [&](std::int64_t i, std::int64_t j) {
                return static_cast<double>(weights[static_cast<std::size_t>(i * m + j)]);
            };
            for (std::int64_t i = 0; i < n; ++i) {
                for (std::int64_t j = 0; j < m; ++j) {
                    h[static_cast<std::size_t>(j)] += w(i, j) * x[static_cast<std::size_t>(i)];
                }
            }
            for (std::int64_t i = 0; i < n; ++i) {
                double z = static_cast<double>(bias[static_cast<std::size_t>(i)]);
                for (std::int64_t j = 0; j < m; ++j) {
                    z += w(i, j) * h[static_cast<std::size_t>(j)];
                }
                const double off = std::max(z, 0.0) - x[static_cast<std::size_t>(i)];
                loss += off * off;
                const double d = z > 0 ? 2 * off / static_cast<double>(samples * n) : 0.0;
                for (std::int64_t j = 0; j < m; ++j) {
                    dw[static_cast<std::size_t>(i * m + j)] += d * h[static_cast<std::size_t>(j)];
                    dh[static_cast<std::size_t>(j)] += d * w(i, j);
                }
            }
            for (std::int64_t i = 0; i < n; ++i) {
                for (std::int64_t j = 0; j < m; ++j) {
                    dw[static_cast<std::size_t>(i * m + j)] +=
                        x[static_cast<std::size_t>(i)] * dh[static_cast<std::size_t>(j)];
                }
            }
        }
        return loss / static_cast<double>(samples);
    }
};

void compare(std::int64_t n, std::int64_t m, float shift) {
    Case one(n, m, 70, shift);
    std::vector<double> truth;
    const double expected = one.dense(truth);
    std::vector<float> dw(one.weights.size()), db(one.bias.size());
    const gwr_model model = one.model();
    const gwr_batch batch = one.batch();
    double loss = 0;
    CHECK(gwr_gradient(&model, &batch, dw.data(), db.data(), &loss) == 0);
    CHECK(std::abs(loss / expected - 1) < 1e-6);
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(dw[i]) - truth[i]));
        largest = std::max(largest, std::abs(truth[i]));
    }
    CHECK(worst < 1e-5 * largest);
}

} // namespace

TEST("gradients, widths beside whole vectors, dense and sparse products") {
    for (const std::int64_t m : {1, 7, 8, 9, 16, 25, 40}) {
        compare(50, m, 0.0f);  // most outputs on
        compare(97, m, -2.0f); // few on, and some features off in every sample
    }
}

TEST("a batch that names a feature twice, or none, is refused") {
    Case one(5, 2, 3, 0.0f);
    const gwr_model model = one.model();
    const std::int32_t offsets[] = {0, 2}, twice[] = {1, 1}, beyond[] = {1, 5};
    const float values[] = {1, 1};
    double loss = 0;
    const gwr_batch bad{1, offsets, twice, values}, worse{1, offsets, beyond, values};
    CHECK(gwr_loss(&model, &bad, &loss) == 1);
    CHECK(gwr_loss(&model, &worse, &loss) == 1);
}

int main() {
    return groundwork::run_tests();
}
