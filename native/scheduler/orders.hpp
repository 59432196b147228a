// One order each, in O((V + E) log V) at most: no search. All throw InvalidArgument on a cycle.
#pragma once

#include "dag.hpp"

namespace groundwork::scheduler {

// A small generator whose numbers are the same with every standard library (splitmix64).
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    // Uniform on 0 .. n - 1, without the bias of a remainder.
    std::uint64_t below(std::uint64_t n) {
        const std::uint64_t limit = -n % n;
        for (;;) {
            const std::uint64_t draw = next();
            if (draw >= limit) {
                return draw % n;
            }
        }
    }

  private:
    std::uint64_t state_;
};

Order kahn_order(const Dag &dag);                       // first ready, first run
Order random_order(const Dag &dag, std::uint64_t seed); // uniform among the ready at each step
Order dfs_order(const Dag &dag);                        // demand-driven from the outputs
Order greedy_order(const Dag &dag, bool by_growth, int ties, std::uint64_t seed);
Order lpmf_order(const Dag &dag);

} // namespace groundwork::scheduler
