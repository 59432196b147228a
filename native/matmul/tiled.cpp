// Step 3: block matrix multiplication. C is computed as products of square tiles.
//
// Step 2 reads all of B once per row of C; as soon as B is larger than a cache, every one of those
// reads comes from the level below. Three tiles of edge t need 3 · t² · sizeof(T) bytes. While they
// stay in the first-level cache, 2 · t³ operations are done on 3 · t² numbers fetched: the work per
// number fetched grows with t.
#include "steps.hpp"

namespace groundwork::matmul::GROUNDWORK_FLAVOUR {

namespace {

inline Index least(Index a, Index b) {
    return a < b ? a : b;
}

} // namespace

template <class T> void tiled(const Product<T> &p, const Plan &plan) {
    const Index t = plan.tile > 0 ? plan.tile : default_tile;
    scale_output(p);
    for (Index i0 = 0; i0 < p.m; i0 += t) {
        const Index i1 = least(i0 + t, p.m);
        for (Index k0 = 0; k0 < p.k; k0 += t) {
            const Index k1 = least(k0 + t, p.k);
            for (Index j0 = 0; j0 < p.n; j0 += t) {
                const Index j1 = least(j0 + t, p.n);
                // One product of tiles, in the order of step 2.
                for (Index i = i0; i < i1; ++i) {
                    T *c = p.c + i * p.ldc;
                    for (Index k = k0; k < k1; ++k) {
                        const T a = p.alpha * p.a[i * p.lda + k];
                        const T *b = p.b + k * p.ldb;
                        for (Index j = j0; j < j1; ++j) {
                            c[j] += a * b[j];
                        }
                    }
                }
            }
        }
    }
}

template void tiled<float>(const Product<float> &, const Plan &);
template void tiled<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_FLAVOUR
