// A product with few rows: B is read once, where it lies.
//
// Packing pays when each packed number is used many times. In a row times a matrix it is used
// once, and the copy would double the traffic. Here the columns of C are cut into pieces that stay
// in the first-level cache while rows of B stream past, four at a time, so that each number of C
// is loaded and stored once for four multiply-adds.
#include "kernels.hpp"

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

namespace {

constexpr Index group = 4; // rows of B at a time: as many streams as any prefetcher follows

// c[0:columns] += sum of a[g] · B[g][0:columns] over `rows` ≤ group rows.
template <class T, Index rows>
void add_rows(const T *a, T alpha, const T *b, Index ldb, Index columns, T *c) {
    using V = Vector<T>;
    typename V::Register left[rows];
    GROUNDWORK_UNROLL(4)
    for (Index g = 0; g < rows; ++g) {
        left[g] = V::all(alpha * a[g]);
    }
    Index j = 0;
    for (; j + V::width <= columns; j += V::width) {
        auto sum = V::load(c + j);
        GROUNDWORK_UNROLL(4)
        for (Index g = 0; g < rows; ++g) {
            sum = V::fma(left[g], V::load(b + g * ldb + j), sum);
        }
        V::store(c + j, sum);
    }
    if (const Index rest = columns - j; rest > 0) {
        auto sum = V::load(c + j, rest);
        GROUNDWORK_UNROLL(4)
        for (Index g = 0; g < rows; ++g) {
            sum = V::fma(left[g], V::load(b + g * ldb + j, rest), sum);
        }
        V::store(c + j, sum, rest);
    }
}

} // namespace

template <class T> void thin(const Product<T> &p, const Plan &) {
    // Half of a first-level cache of 32 KiB holds the pieces of all rows of C.
    const Index piece = 16384 / static_cast<Index>(sizeof(T)) / (p.m > 0 ? p.m : 1);
    scale_output(p);
    for (Index j = 0; j < p.n; j += piece) {
        const Index columns = least(piece, p.n - j);
        for (Index k = 0; k < p.k; k += group) {
            const Index deep = least(group, p.k - k);
            const auto add = deep == 4   ? add_rows<T, 4>
                             : deep == 3 ? add_rows<T, 3>
                             : deep == 2 ? add_rows<T, 2>
                                         : add_rows<T, 1>;
            for (Index i = 0; i < p.m; ++i) {
                add(p.a + i * p.lda + k, p.alpha, p.b + k * p.ldb + j, p.ldb, columns,
                    p.c + i * p.ldc + j);
            }
        }
    }
}

template void thin<float>(const Product<float> &, const Plan &);
template void thin<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
