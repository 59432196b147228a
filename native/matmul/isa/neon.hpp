// NEON on 64-bit ARM: 4 floats or 2 doubles in a register, 32 registers, always present.
#pragma once

#include <arm_neon.h>

#define GROUNDWORK_ISA_NAMESPACE isa_neon

namespace groundwork::matmul::isa_neon {

template <class T> struct Vector;

// NEON has no masks: the ragged end goes through a small array.
template <class T, class Load> auto load_partial(const T *p, Index n, Index width, Load load) {
    T lanes[4] = {};
    for (Index i = 0; i < n && i < width; ++i) {
        lanes[i] = p[i];
    }
    return load(lanes);
}

template <> struct Vector<float> {
    using Register = float32x4_t;
    // 8 × 3 sums, 3 vectors of B and a broadcast number of A take 28 of the 32 registers.
    static constexpr Index width = 4, rows = 8, vectors = 3;
    static Register zero() { return vdupq_n_f32(0); }
    static Register all(float x) { return vdupq_n_f32(x); }
    static Register load(const float *p) { return vld1q_f32(p); }
    static Register load(const float *p, Index n) {
        return load_partial(p, n, width, [](const float *lanes) { return vld1q_f32(lanes); });
    }
    static void store(float *p, Register x) { vst1q_f32(p, x); }
    static void store(float *p, Register x, Index n) {
        float lanes[4];
        vst1q_f32(lanes, x);
        for (Index i = 0; i < n; ++i) {
            p[i] = lanes[i];
        }
    }
    static Register fma(Register a, Register b, Register c) { return vfmaq_f32(c, a, b); }
    static Register mul(Register a, Register b) { return vmulq_f32(a, b); }
};

template <> struct Vector<double> {
    using Register = float64x2_t;
    static constexpr Index width = 2, rows = 8, vectors = 3;
    static Register zero() { return vdupq_n_f64(0); }
    static Register all(double x) { return vdupq_n_f64(x); }
    static Register load(const double *p) { return vld1q_f64(p); }
    static Register load(const double *p, Index n) {
        return load_partial(p, n, width, [](const double *lanes) { return vld1q_f64(lanes); });
    }
    static void store(double *p, Register x) { vst1q_f64(p, x); }
    static void store(double *p, Register x, Index n) {
        double lanes[2];
        vst1q_f64(lanes, x);
        for (Index i = 0; i < n; ++i) {
            p[i] = lanes[i];
        }
    }
    static Register fma(Register a, Register b, Register c) { return vfmaq_f64(c, a, b); }
    static Register mul(Register a, Register b) { return vmulq_f64(a, b); }
};

} // namespace groundwork::matmul::isa_neon
