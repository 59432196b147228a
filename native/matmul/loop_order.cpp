// Step 2: the same products in another order, i-k-j.
//
// A[i][k] is held still, and the inner loop runs along a row of B and a row of C: consecutive
// addresses, sixteen numbers for every cache line fetched, and a pattern that the hardware
// prefetcher recognises. Nothing else changes, not even the number of multiplications.
#include "steps.hpp"

namespace groundwork::matmul::GROUNDWORK_FLAVOUR {

template <class T> void loop_order(const Product<T> &p, const Plan &) {
    scale_output(p);
    for (Index i = 0; i < p.m; ++i) {
        T *c = p.c + i * p.ldc;
        for (Index k = 0; k < p.k; ++k) {
            const T a = p.alpha * p.a[i * p.lda + k];
            const T *b = p.b + k * p.ldb;
            for (Index j = 0; j < p.n; ++j) {
                c[j] += a * b[j];
            }
        }
    }
}

template void loop_order<float>(const Product<float> &, const Plan &);
template void loop_order<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_FLAVOUR
