// AVX-512: 16 floats or 8 doubles in a register, 32 registers, a mask for the ragged end.
#pragma once

#include <immintrin.h>

#define GROUNDWORK_ISA_NAMESPACE isa_avx512

namespace groundwork::matmul::isa_avx512 {

template <class T> struct Vector;

template <> struct Vector<float> {
    using Register = __m512;
    // 14 × 2 sums and 2 vectors of B take 30 of the 32 registers; numbers of A are broadcast by
    // the multiply-add itself.
    static constexpr Index width = 16, rows = 14, vectors = 2;
    static Register zero() { return _mm512_setzero_ps(); }
    static Register all(float x) { return _mm512_set1_ps(x); }
    static Register load(const float *p) { return _mm512_loadu_ps(p); }
    static Register load(const float *p, Index n) { return _mm512_maskz_loadu_ps(mask(n), p); }
    static void store(float *p, Register x) { _mm512_storeu_ps(p, x); }
    static void store(float *p, Register x, Index n) { _mm512_mask_storeu_ps(p, mask(n), x); }
    static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
    static Register mul(Register a, Register b) { return _mm512_mul_ps(a, b); }
    static __mmask16 mask(Index n) { return static_cast<__mmask16>((1u << n) - 1u); }
};

template <> struct Vector<double> {
    using Register = __m512d;
    static constexpr Index width = 8, rows = 14, vectors = 2;
    static Register zero() { return _mm512_setzero_pd(); }
    static Register all(double x) { return _mm512_set1_pd(x); }
    static Register load(const double *p) { return _mm512_loadu_pd(p); }
    static Register load(const double *p, Index n) { return _mm512_maskz_loadu_pd(mask(n), p); }
    static void store(double *p, Register x) { _mm512_storeu_pd(p, x); }
    static void store(double *p, Register x, Index n) { _mm512_mask_storeu_pd(p, mask(n), x); }
    static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_pd(a, b, c); }
    static Register mul(Register a, Register b) { return _mm512_mul_pd(a, b); }
    static __mmask8 mask(Index n) { return static_cast<__mmask8>((1u << n) - 1u); }
};

} // namespace groundwork::matmul::isa_avx512
