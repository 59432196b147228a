// Step 5: a tile of C that lives in registers.
//
// Step 4 loads and stores C once per multiply-add, and the load and store units are the limit, not
// the multipliers. Here R × V vectors of C stay in registers while k runs; each step of k then
// loads V vectors of B and R numbers of A for R · V multiply-adds.
//
// A and B are read where they lie. That is the weakness: R rows of A and all rows of B are a
// leading dimension apart, and where that is a large power of two, they fall into the same few
// cache sets and throw each other out. Step 6 cures it.
#include "kernels.hpp"

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

namespace {

// C[0:R][0:columns] += alpha · A[0:R][0:depth] · B[0:depth][0:columns]; columns ≤ vectors · width.
template <class T, Index R>
void tile(const Product<T> &p, const T *a, const T *b, T *c, Index depth, Index columns) {
    using V = Vector<T>;
    typename V::Register sum[R][V::vectors];
    GROUNDWORK_UNROLL(8)
    for (Index r = 0; r < R; ++r) {
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V::vectors; ++v) {
            sum[r][v] = V::zero();
        }
    }
    const bool whole = columns == V::vectors * V::width;
    for (Index k = 0; k < depth; ++k) {
        typename V::Register right[V::vectors];
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V::vectors; ++v) {
            const T *from = b + k * p.ldb + v * V::width;
            const Index rest = columns - v * V::width;
            right[v] = whole || rest >= V::width ? V::load(from)
                       : rest > 0                ? V::load(from, rest)
                                                 : V::zero();
        }
        GROUNDWORK_UNROLL(8)
        for (Index r = 0; r < R; ++r) {
            const auto left = V::all(a[r * p.lda + k]);
            GROUNDWORK_UNROLL(8)
            for (Index v = 0; v < V::vectors; ++v) {
                sum[r][v] = V::fma(left, right[v], sum[r][v]);
            }
        }
    }
    GROUNDWORK_UNROLL(8)
    for (Index r = 0; r < R; ++r) {
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V::vectors; ++v) {
            T *to = c + r * p.ldc + v * V::width;
            const Index rest = columns - v * V::width;
            if (rest >= V::width) {
                V::store(to, V::fma(V::all(p.alpha), sum[r][v], V::load(to)));
            } else if (rest > 0) {
                V::store(to, V::fma(V::all(p.alpha), sum[r][v], V::load(to, rest)), rest);
            }
        }
    }
}

} // namespace

template <class T> void registers(const Product<T> &p, const Plan &plan) {
    using V = Vector<T>;
    constexpr Index rows = 4, columns = V::vectors * V::width;
    const Index depth = plan.kc > 0 ? plan.kc : 256;
    scale_output(p);
    for (Index k = 0; k < p.k; k += depth) {
        const Index d = least(depth, p.k - k);
        for (Index j = 0; j < p.n; j += columns) {
            const Index w = least(columns, p.n - j);
            const T *b = p.b + k * p.ldb + j;
            Index i = 0;
            for (; i + rows <= p.m; i += rows) {
                tile<T, rows>(p, p.a + i * p.lda + k, b, p.c + i * p.ldc + j, d, w);
            }
            for (; i < p.m; ++i) {
                tile<T, 1>(p, p.a + i * p.lda + k, b, p.c + i * p.ldc + j, d, w);
            }
        }
    }
}

template void registers<float>(const Product<float> &, const Plan &);
template void registers<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
