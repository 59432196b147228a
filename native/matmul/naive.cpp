// Step 1: the definition, C[i][j] = Σ_k A[i][k] · B[k][j].
//
// The inner loop walks down a column of B. In a row-major matrix two neighbours of a column lie a
// whole row apart, so each step of the loop touches a new cache line and uses four of its 64
// bytes. By the time the next column wants the rest of that line, it is gone.
//
// Compiled twice, from this one text: GROUNDWORK_FLAVOUR is `plain` (the compiler's vectoriser is
// off) or one of the vectorised twins.
#include "steps.hpp"

namespace groundwork::matmul::GROUNDWORK_FLAVOUR {

template <class T> void naive(const Product<T> &p, const Plan &) {
    for (Index i = 0; i < p.m; ++i) {
        for (Index j = 0; j < p.n; ++j) {
            T sum = T(0);
            for (Index k = 0; k < p.k; ++k) {
                sum += p.a[i * p.lda + k] * p.b[k * p.ldb + j];
            }
            T &c = p.c[i * p.ldc + j];
            c = p.beta == T(0) ? p.alpha * sum : p.alpha * sum + p.beta * c;
        }
    }
}

template void naive<float>(const Product<float> &, const Plan &);
template void naive<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_FLAVOUR
