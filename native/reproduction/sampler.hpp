// Random batches in the sparse form, without looking at the zeros.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "superposition.h"

namespace groundwork::reproduction {

struct Batch {
    std::vector<std::int32_t> offsets, features;
    std::vector<float> values;

    gwr_batch view() const {
        return {static_cast<std::int64_t>(offsets.size()) - 1, offsets.data(), features.data(),
                values.data()};
    }
};

class Sampler {
  public:
    Sampler(std::span<const double> chances, std::int64_t samples);
    void draw(const gwr_draw &which, Batch &out);

  private:
    std::int64_t samples_;
    std::vector<double> chances_, scales_; // scales_[i] = 1 / log(1 - chances_[i])
    std::vector<std::int32_t> where_, feature_;
    std::vector<float> value_;
};

} // namespace groundwork::reproduction
