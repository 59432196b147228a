// AVX2 with FMA: 8 floats or 4 doubles in a register, 16 registers.
#pragma once

#include <immintrin.h>

#define GROUNDWORK_ISA_NAMESPACE isa_avx2

namespace groundwork::matmul::isa_avx2 {

template <class T> struct Vector;

template <> struct Vector<float> {
    using Register = __m256;
    // 6 × 2 sums, 2 vectors of B and a broadcast number of A take 15 of the 16 registers.
    static constexpr Index width = 8, rows = 6, vectors = 2;
    static Register zero() { return _mm256_setzero_ps(); }
    static Register all(float x) { return _mm256_set1_ps(x); }
    static Register load(const float *p) { return _mm256_loadu_ps(p); }
    static Register load(const float *p, Index n) { return _mm256_maskload_ps(p, mask(n)); }
    static void store(float *p, Register x) { _mm256_storeu_ps(p, x); }
    static void store(float *p, Register x, Index n) { _mm256_maskstore_ps(p, mask(n), x); }
    static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
    static Register mul(Register a, Register b) { return _mm256_mul_ps(a, b); }
    static __m256i mask(Index n) {
        const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
    }
};

template <> struct Vector<double> {
    using Register = __m256d;
    static constexpr Index width = 4, rows = 6, vectors = 2;
    static Register zero() { return _mm256_setzero_pd(); }
    static Register all(double x) { return _mm256_set1_pd(x); }
    static Register load(const double *p) { return _mm256_loadu_pd(p); }
    static Register load(const double *p, Index n) { return _mm256_maskload_pd(p, mask(n)); }
    static void store(double *p, Register x) { _mm256_storeu_pd(p, x); }
    static void store(double *p, Register x, Index n) { _mm256_maskstore_pd(p, mask(n), x); }
    static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_pd(a, b, c); }
    static Register mul(Register a, Register b) { return _mm256_mul_pd(a, b); }
    static __m256i mask(Index n) {
        const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
        return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), lane);
    }
};

} // namespace groundwork::matmul::isa_avx2
