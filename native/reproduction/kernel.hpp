// The gradient and the update of one step; each compiled level has both.
#pragma once

#include <cstdint>
#include <vector>

#include "superposition.h"

namespace groundwork::reproduction {

using Index = std::int64_t;

// Rows are padded with zeros to whole vectors of 8 numbers.
inline constexpr Index lanes = 8;
inline Index padded(Index width) {
    return (width + lanes - 1) / lanes * lanes;
}

// W, b and their moments as the kernels hold them: n rows of `stride` numbers, then n biases.
struct State {
    Index n, width, stride;
    std::vector<float> values, mean, square, gradient;

    State(Index features, Index hidden)
        : n(features), width(hidden), stride(padded(hidden)), values(size()), mean(size()),
          square(size()), gradient(size()) {}
    std::size_t size() const { return static_cast<std::size_t>(n * (stride + 1)); }
    Index bias() const { return n * stride; } // where the biases begin
};

struct Entry {
    Index active, column;
    float value;
};

// Arrays that a step needs and the next one uses again.
struct Scratch {
    std::vector<Index> active, place, live, column;
    std::vector<float> norms, encoder, encoder_gradient, panel, transposed, overlaps, pulls, rows;
    std::vector<Entry> entries;
};

struct Update {
    float rate, decay, beta1, beta2, epsilon, correction1, correction2;
};

// The loss (sum over features, mean over samples); where `state.gradient` is wanted, the gradient
// of the mean over samples and features.
using Gradient = double (*)(State &, const gwr_batch &, Scratch &, bool wanted);
using Apply = void (*)(State &, const Update &);

struct Kernels {
    Gradient gradient;
    Apply apply;
};

namespace baseline {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}

} // namespace groundwork::reproduction
