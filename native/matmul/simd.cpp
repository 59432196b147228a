// Step 4: the tiles of step 3, several numbers at a time.
//
// One vector instruction multiplies and adds 4 (NEON), 8 (AVX2) or 16 (AVX-512) floats. The loops
// and the memory traffic are those of step 3; only the innermost statement is wider.
#include "kernels.hpp"

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

template <class T> void simd(const Product<T> &p, const Plan &plan) {
    using V = Vector<T>;
    const Index t = plan.tile > 0 ? plan.tile : default_tile;
    scale_output(p);
    for (Index i0 = 0; i0 < p.m; i0 += t) {
        const Index i1 = least(i0 + t, p.m);
        for (Index k0 = 0; k0 < p.k; k0 += t) {
            const Index k1 = least(k0 + t, p.k);
            for (Index j0 = 0; j0 < p.n; j0 += t) {
                const Index j1 = least(j0 + t, p.n);
                for (Index i = i0; i < i1; ++i) {
                    T *c = p.c + i * p.ldc;
                    for (Index k = k0; k < k1; ++k) {
                        const auto a = V::all(p.alpha * p.a[i * p.lda + k]);
                        const T *b = p.b + k * p.ldb;
                        Index j = j0;
                        for (; j + V::width <= j1; j += V::width) {
                            V::store(c + j, V::fma(a, V::load(b + j), V::load(c + j)));
                        }
                        if (const Index rest = j1 - j; rest > 0) { // the ragged end
                            const auto sum = V::fma(a, V::load(b + j, rest), V::load(c + j, rest));
                            V::store(c + j, sum, rest);
                        }
                    }
                }
            }
        }
    }
}

template void simd<float>(const Product<float> &, const Plan &);
template void simd<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
