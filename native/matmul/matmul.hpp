// The ladder's one signature: every step takes a Product and a Plan, and differs in one idea.
#pragma once

#include <cstddef>

namespace groundwork::matmul {

using Index = std::ptrdiff_t;

// C (m × n) = alpha · A (m × k) · B (k × n) + beta · C, all row-major: element (i, j) of C is
// c[i * ldc + j]. A leading dimension may be larger than a row (a view into a wider matrix); those
// of A and B may also be 0 or negative. As in BLAS, beta == 0 means that C is not read, and
// alpha == 0 that A and B are not.
template <class T> struct Product {
    Index m, n, k;
    T alpha;
    const T *a;
    Index lda;
    const T *b;
    Index ldb;
    T beta;
    T *c;
    Index ldc;
};

// How to go about it. Zero means "choose for me".
struct Plan {
    Index tile = 0; // edge of a square tile: tiled, simd
    Index mc = 0;   // rows of the packed block of A (kept in the second-level cache): packed
    Index kc = 0;   // depth of a packed panel (kept in the first-level cache): packed
    Index nc = 0;   // columns of the packed panel of B (kept in the last-level cache): packed
    int threads = 1;
};

template <class T> using Step = void (*)(const Product<T> &, const Plan &);

// Edge of a square tile where the plan names none: three tiles of four-byte numbers fill a
// first-level cache of 32 KiB at 52; 48 is the multiple of 16 below.
inline constexpr Index default_tile = 48;

// C ← beta · C, the common beginning of every step that adds into C.
template <class T> void scale_output(const Product<T> &p);

} // namespace groundwork::matmul
