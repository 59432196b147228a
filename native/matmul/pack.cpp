// Packing: a copy into the order in which the register tile will read.
//
// Packed A: panels of R rows, [panel][depth / line][R][line]; a row gives one cache line at a
// time, so the copy is made of whole lines and nothing is transposed.
// Packed B: panels of `columns` columns, [panel][depth][columns].
#include "kernels.hpp"

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

template <class T> void pack_a(const T *a, Index lda, Index rows, Index depth, T *to) {
    using V = Vector<T>;
    constexpr Index L = line<T>, R = V::rows;
    for (Index i = 0; i < rows; i += R) {
        const Index height = least(R, rows - i);
        for (Index r = 0; r < height; ++r) {
            const T *from = a + (i + r) * lda;
            T *out = to + r * L;
            Index k = 0;
            for (; k + L <= depth; k += L, out += R * L) {
                GROUNDWORK_UNROLL(16)
                for (Index v = 0; v < L; v += V::width) {
                    V::store(out + v, V::load(from + k + v));
                }
            }
            for (; k < depth; ++k, ++out) {
                *out = from[k];
            }
        }
        to += R * L * ((depth + L - 1) / L);
    }
}

// One panel, `columns` wide (at most a full one). A narrow panel is filled up with zeros to whole
// vectors; what the tile computes from them is never stored.
template <class T> void pack_b(const T *b, Index ldb, Index depth, Index columns, T *to) {
    using V = Vector<T>;
    constexpr Index panel = V::vectors * V::width;
    constexpr Index ahead = 16; // rows: each is on a page of its own, where no prefetcher follows
    for (Index k = 0; k < depth; ++k, b += ldb, to += panel) {
        if (k + ahead < depth) {
            __builtin_prefetch(b + ahead * ldb);
            __builtin_prefetch(b + ahead * ldb + columns - 1);
        }
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V::vectors; ++v) {
            const Index rest = columns - v * V::width;
            V::store(to + v * V::width, rest >= V::width ? V::load(b + v * V::width)
                                        : rest > 0       ? V::load(b + v * V::width, rest)
                                                         : V::zero());
        }
    }
}

template void pack_a<float>(const float *, Index, Index, Index, float *);
template void pack_a<double>(const double *, Index, Index, Index, double *);
template void pack_b<float>(const float *, Index, Index, Index, float *);
template void pack_b<double>(const double *, Index, Index, Index, double *);

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
