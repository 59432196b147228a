// No vectors: one number in a register, for processors that none of the other files knows.
#pragma once

#define GROUNDWORK_ISA_NAMESPACE isa_scalar

namespace groundwork::matmul::isa_scalar {

template <class T> struct Vector {
    using Register = T;
    static constexpr Index width = 1, rows = 4, vectors = 3;
    static Register zero() { return T(0); }
    static Register all(T x) { return x; }
    static Register load(const T *p) { return *p; }
    static Register load(const T *p, Index n) { return n > 0 ? *p : T(0); }
    static void store(T *p, Register x) { *p = x; }
    static void store(T *p, Register x, Index n) {
        if (n > 0) {
            *p = x;
        }
    }
    static Register fma(Register a, Register b, Register c) { return a * b + c; }
    static Register mul(Register a, Register b) { return a * b; }
};

} // namespace groundwork::matmul::isa_scalar
