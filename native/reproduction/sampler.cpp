// Bernoulli draws by their gaps: between two successes of chance p lie floor(log U / log(1 - p))
// failures, U uniform on (0, 1]. A batch then costs as many draws as it has nonzero entries, not
// samples times features. The entries come feature by feature and are sorted to samples by count.
#include "sampler.hpp"

#include <bit>
#include <cmath>

#include "groundwork/door.hpp"

namespace groundwork::reproduction {

namespace {

// splitmix64 (Steele, Lea and Flood, 2014): turns counters into unrelated numbers.
std::uint64_t splitmix(std::uint64_t &state) {
    std::uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// xoshiro256++ (Blackman and Vigna, 2019), begun anew for every (seed, stream, step).
class Random {
  public:
    explicit Random(const gwr_draw &which) {
        std::uint64_t state = which.seed;
        state = splitmix(state) ^ which.stream;
        state = splitmix(state) ^ which.step;
        for (std::uint64_t &word : words_) {
            word = splitmix(state);
        }
    }

    std::uint64_t next() {
        auto &s = words_;
        const std::uint64_t result = std::rotl(s[0] + s[3], 23) + s[0], shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = std::rotl(s[3], 45);
        return result;
    }

    // Uniform on (0, 1], in steps of 2^-53.
    double unit() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }

  private:
    std::uint64_t words_[4];
};

} // namespace

Sampler::Sampler(std::span<const double> chances, std::int64_t samples)
    : samples_(samples), chances_(chances.begin(), chances.end()), scales_(chances.size()) {
    for (std::size_t i = 0; i < chances_.size(); ++i) {
        if (!(chances_[i] >= 0 && chances_[i] <= 1)) {
            throw InvalidArgument("every chance must lie in [0, 1]");
        }
        scales_[i] = chances_[i] > 0 ? 1 / std::log1p(-chances_[i]) : 0;
    }
}

void Sampler::draw(const gwr_draw &which, Batch &out) {
    Random random(which);
    where_.clear();
    feature_.clear();
    value_.clear();
    out.offsets.assign(static_cast<std::size_t>(samples_) + 1, 0);
    const double end = static_cast<double>(samples_);
    for (std::size_t i = 0; i < chances_.size(); ++i) {
        if (chances_[i] == 0) {
            continue;
        }
        for (double s = -1;;) {
            s += 1 + std::floor(std::log(random.unit()) * scales_[i]);
            if (s >= end) {
                break;
            }
            where_.push_back(static_cast<std::int32_t>(s));
            feature_.push_back(static_cast<std::int32_t>(i));
            value_.push_back(static_cast<float>(2 * random.unit()));
            ++out.offsets[static_cast<std::size_t>(s) + 1];
        }
    }
    for (std::size_t s = 1; s < out.offsets.size(); ++s) {
        out.offsets[s] += out.offsets[s - 1];
    }
    out.features.resize(feature_.size());
    out.values.resize(feature_.size());
    // Fill from the back: each sample's end moves down to its beginning.
    std::vector<std::int32_t> &ends = out.offsets;
    for (std::size_t k = feature_.size(); k-- > 0;) {
        const std::size_t place =
            static_cast<std::size_t>(--ends[static_cast<std::size_t>(where_[k]) + 1]);
        out.features[place] = feature_[k];
        out.values[place] = value_[k];
    }
    for (std::size_t s = 1; s + 1 < ends.size(); ++s) {
        ends[s] = ends[s + 1];
    }
    ends.back() = static_cast<std::int32_t>(feature_.size());
}

} // namespace groundwork::reproduction
