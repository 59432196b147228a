// What is compiled once per instruction set; GROUNDWORK_ISA_HEADER names its vectors.
//
// Everything here lives in a namespace of that instruction set: a function compiled for AVX-512
// must never be merged with its namesake and run on a machine without it.
#pragma once

#include "steps.hpp"

#include GROUNDWORK_ISA_HEADER

// Loops over registers must be unrolled whole: a register has no index.
#define GROUNDWORK_PRAGMA(text) _Pragma(#text)
#ifdef __clang__
#define GROUNDWORK_UNROLL(times) GROUNDWORK_PRAGMA(unroll)
#else
#define GROUNDWORK_UNROLL(times) GROUNDWORK_PRAGMA(GCC unroll times)
#endif

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

template <class T> void simd(const Product<T> &p, const Plan &plan);
template <class T> void registers(const Product<T> &p, const Plan &plan);
template <class T> void thin(const Product<T> &p, const Plan &plan);
template <class T> void pack_a(const T *a, Index lda, Index rows, Index depth, T *to);
template <class T> void pack_b(const T *b, Index ldb, Index depth, Index columns, T *to);
template <class T> double peak(Index rounds);
template <class T> double peak_flops();
template <class T> T sum(const T *values, Index count, Index passes);

inline Index least(Index a, Index b) {
    return a < b ? a : b;
}

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
