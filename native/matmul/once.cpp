// One product and nothing else, for a simulator or a counter of cache misses to watch:
//
//     matmul_once STEP M N K [TILE [DEPTH]]      STEP `none` prepares the matrices only
#include "aligned.hpp"
#include "dispatch.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace gm = groundwork::matmul;

int main(int count, char **words) {
    if (count < 5 || count > 7) {
        std::fprintf(stderr, "usage: matmul_once STEP M N K [TILE [DEPTH]]\n");
        return 2;
    }
    try {
        const std::string step = words[1];
        const gm::Index m = std::atol(words[2]), n = std::atol(words[3]), k = std::atol(words[4]);
        gm::Plan plan;
        plan.tile = count > 5 ? std::atol(words[5]) : 0;
        plan.kc = count > 6 ? std::atol(words[6]) : 0;
        const auto cells = [](gm::Index x, gm::Index y) { return static_cast<std::size_t>(x * y); };
        gm::AlignedVector<float> a(cells(m, k), 1.0f), b(cells(k, n), 1.0f), c(cells(m, n), 0.0f);
        if (step != "none") {
            gm::find_step<float>(step.c_str())(
                {m, n, k, 1, a.data(), k, b.data(), n, 0, c.data(), n}, plan);
        }
        std::printf("%g\n", static_cast<double>(c.empty() ? 0.0f : c.back()));
    } catch (const std::exception &problem) {
        std::fprintf(stderr, "matmul_once: %s\n", problem.what());
        return 1;
    }
    return 0;
}
