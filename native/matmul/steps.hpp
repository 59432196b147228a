// Every step of the ladder by name; what a build contains depends on the processor family.
#pragma once

#include "matmul.hpp"

// Steps 1 to 3 are compiled once without the compiler's vectoriser (`plain`), and once with it for
// each level: the portable baseline, and on x86 AVX2 and AVX-512.
#define GROUNDWORK_DECLARE_PORTABLE(flavour)                                                       \
    namespace groundwork::matmul::flavour {                                                        \
    template <class T> void naive(const Product<T> &, const Plan &);                               \
    template <class T> void loop_order(const Product<T> &, const Plan &);                          \
    template <class T> void tiled(const Product<T> &, const Plan &);                               \
    }

GROUNDWORK_DECLARE_PORTABLE(plain)
GROUNDWORK_DECLARE_PORTABLE(vectorised_baseline)
GROUNDWORK_DECLARE_PORTABLE(vectorised_avx2)
GROUNDWORK_DECLARE_PORTABLE(vectorised_avx512)

namespace groundwork::matmul {

// A register tile: C[0:rows][0:columns] = alpha · (packed A) · (packed B) + beta · C.
template <class T>
using Tile = void (*)(Index depth, const T *a, const T *b, T alpha, T beta, T *c, Index ldc,
                      Index columns);

// What is compiled once per instruction set.
template <class T> struct Kernels {
    Index rows;           // rows of a full register tile
    Index vectors;        // vectors in a row of it
    Index width;          // numbers in a vector
    const Tile<T> *tiles; // [rows][vectors]: tile (r, v) is tiles[(r - 1) * vectors + v - 1]
    // Rows [0, rows) of A, `depth` deep; and one panel of B, `columns` wide.
    void (*pack_a)(const T *a, Index lda, Index rows, Index depth, T *to);
    void (*pack_b)(const T *b, Index ldb, Index depth, Index columns, T *to);
    Step<T> simd;          // step 4
    Step<T> registers;     // step 5
    Step<T> thin;          // few rows, nothing packed
    double (*peak)(Index); // seconds for so many rounds of independent multiply-adds
    double peak_flops;     // operations in one round
    // Of a multiple of 16 vectors, so many times, as fast as loads allow.
    T (*sum)(const T *, Index, Index);

    Index columns() const { return vectors * width; }
};

// Processor time of the calling thread (s): a neighbour's turn on this core does not count.
double thread_seconds();

// Numbers in one cache line of 64 bytes: the grain of packed A.
template <class T> inline constexpr Index line = 64 / static_cast<Index>(sizeof(T));

// Steps 6 and 7: packed panels and a register tile, on one thread or several.
template <class T> void packed(const Product<T> &p, const Plan &plan);

} // namespace groundwork::matmul

#define GROUNDWORK_DECLARE_KERNELS(name)                                                           \
    namespace groundwork::matmul::isa_##name {                                                     \
        template <class T> const Kernels<T> &kernels();                                            \
    }

GROUNDWORK_DECLARE_KERNELS(scalar)
GROUNDWORK_DECLARE_KERNELS(avx2)
GROUNDWORK_DECLARE_KERNELS(avx512)
GROUNDWORK_DECLARE_KERNELS(neon)
