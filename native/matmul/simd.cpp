// Step 4: the tiles of step 3, a vector of numbers at a time.
//
// One vector instruction multiplies and adds 4 (NEON), 8 (AVX2) or 16 (AVX-512) floats. A piece of
// a row of C, four vectors long, waits in registers while k runs through the tile: were it stored
// and loaded again for every k, each step would wait for the store before it, and that costs more
// than the arithmetic (the compiler's own vectorised step 3 shows it).
#include "kernels.hpp"

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

namespace {

// c[0:columns] += alpha · a[0:depth] · B[0:depth][0:columns], for at most `group` vectors.
template <class T, Index group>
void row(const Product<T> &p, const T *a, const T *b, T *c, Index depth, Index columns) {
    using V = Vector<T>;
    constexpr Index width = V::width;
    typename V::Register sum[group];
    GROUNDWORK_UNROLL(8)
    for (Index v = 0; v < group; ++v) {
        sum[v] = V::zero();
    }
    for (Index k = 0; k < depth; ++k, b += p.ldb) {
        const auto left = V::all(p.alpha * a[k]);
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < group; ++v) {
            const Index rest = columns - v * width; // less than `width` only at the ragged end
            const T *from = b + v * width;
            sum[v] = V::fma(left, rest >= width ? V::load(from) : V::load(from, rest), sum[v]);
        }
    }
    const auto one = V::all(T(1));
    GROUNDWORK_UNROLL(8)
    for (Index v = 0; v < group; ++v) {
        const Index rest = columns - v * width;
        if (rest >= width) {
            V::store(c + v * width, V::fma(one, sum[v], V::load(c + v * width)));
        } else {
            V::store(c + v * width, V::fma(one, sum[v], V::load(c + v * width, rest)), rest);
        }
    }
}

} // namespace

template <class T> void simd(const Product<T> &p, const Plan &plan) {
    constexpr Index width = Vector<T>::width;
    const Index t = plan.tile > 0 ? plan.tile : default_tile;
    scale_output(p);
    for (Index i0 = 0; i0 < p.m; i0 += t) {
        const Index i1 = least(i0 + t, p.m);
        for (Index k0 = 0; k0 < p.k; k0 += t) {
            const Index depth = least(t, p.k - k0);
            for (Index j0 = 0; j0 < p.n; j0 += t) {
                const Index j1 = least(j0 + t, p.n);
                for (Index i = i0; i < i1; ++i) {
                    const T *a = p.a + i * p.lda + k0;
                    const T *b = p.b + k0 * p.ldb;
                    T *c = p.c + i * p.ldc;
                    for (Index j = j0; j < j1; j += 4 * width) {
                        const Index left = j1 - j;
                        const auto piece = left > 3 * width   ? row<T, 4>
                                           : left > 2 * width ? row<T, 3>
                                           : left > width     ? row<T, 2>
                                                              : row<T, 1>;
                        piece(p, a, b + j, c + j, depth, left);
                    }
                }
            }
        }
    }
}

template void simd<float>(const Product<float> &, const Plan &);
template void simd<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
