// A random product that knows its right answer, for the tests.
#pragma once

#include "matmul.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace groundwork::matmul {

// A product with its own memory: C is laid into a wider buffer whose margin must stay untouched.
template <class T> struct Case {
    Index m, n, k, pad;
    T alpha, beta;
    std::vector<T> a, b, c, before;

    Case(Index m_, Index n_, Index k_, Index pad_, T alpha_, T beta_, unsigned seed)
        : m(m_), n(n_), k(k_), pad(pad_), alpha(alpha_), beta(beta_), a(size(m, k)), b(size(k, n)),
          c(size(m, n)) {
        std::mt19937 random(seed);
        std::uniform_real_distribution<T> uniform(-1, 1);
        for (std::vector<T> *matrix : {&a, &b, &c}) {
            for (T &value : *matrix) {
                value = uniform(random);
            }
        }
        before = c;
    }

    std::size_t size(Index rows, Index columns) const {
        return static_cast<std::size_t>(rows * (columns + pad));
    }

    Product<T> product() {
        return {m, n, k, alpha, a.data(), k + pad, b.data(), n + pad, beta, c.data(), n + pad};
    }

    // The largest error in units of the bound k · ε · Σ|a||b|, and whether the margin is intact.
    bool right() const {
        // Wider than T; `long double` for float would be slow where it is done in software (ARM).
        using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;
        for (Index i = 0; i < m; ++i) {
            for (Index j = 0; j < n + pad; ++j) {
                const auto at = static_cast<std::size_t>(i * (n + pad) + j);
                if (j >= n) {
                    if (c[at] != before[at]) {
                        return false;
                    }
                    continue;
                }
                Wide sum = 0, bulk = 0;
                for (Index l = 0; l < k; ++l) {
                    const Wide term =
                        static_cast<Wide>(a[static_cast<std::size_t>(i * (k + pad) + l)]) *
                        b[static_cast<std::size_t>(l * (n + pad) + j)];
                    sum += term;
                    bulk += std::fabs(term);
                }
                const Wide old = beta == T(0) ? 0 : static_cast<Wide>(beta) * before[at];
                const Wide want = alpha * sum + old;
                const Wide bound = static_cast<Wide>(k + 3) * std::numeric_limits<T>::epsilon() *
                                   (std::fabs(alpha) * bulk + std::fabs(old));
                if (!(std::fabs(static_cast<Wide>(c[at]) - want) <= bound)) {
                    return false;
                }
            }
        }
        return true;
    }
};

} // namespace groundwork::matmul
