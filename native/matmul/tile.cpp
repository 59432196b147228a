// The register tile of step 6: R × V vectors of C in registers, fed from packed panels.
//
// Packed A holds its rows in groups of one cache line: [depth / line][rows][line], so the row's
// next number is at a constant distance, which the multiply-add's own address can hold. Packed B
// is [depth][vectors · width]. Both are read in the order in which they lie.
#include "kernels.hpp"

#include <utility>

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

namespace {

template <class T, Index R, Index V_> struct Sums {
    using V = Vector<T>;
    typename V::Register sum[R][V_];

    // One step of k: V loads, R broadcasts, R · V multiply-adds.
    [[gnu::always_inline]] inline void step(const T *a, const T *b) {
        typename V::Register right[V_];
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V_; ++v) {
            right[v] = V::load(b + v * V::width);
        }
        GROUNDWORK_UNROLL(16)
        for (Index r = 0; r < R; ++r) {
            const auto left = V::all(a[r * line<T>]);
            GROUNDWORK_UNROLL(8)
            for (Index v = 0; v < V_; ++v) {
                sum[r][v] = V::fma(left, right[v], sum[r][v]);
            }
        }
    }
};

template <class T, Index R, Index V_>
void tile(Index depth, const T *a, const T *b, T alpha, T beta, T *c, Index ldc, Index columns) {
    using V = Vector<T>;
    constexpr Index panel = V::vectors * V::width;
    Sums<T, R, V_> s;
    GROUNDWORK_UNROLL(16)
    for (Index r = 0; r < R; ++r) {
        __builtin_prefetch(c + r * ldc, 0, 2);
        __builtin_prefetch(c + r * ldc + columns - 1, 0, 2);
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V_; ++v) {
            s.sum[r][v] = V::zero();
        }
    }
    Index k = 0;
    for (; k + line<T> <= depth; k += line<T>) {
        GROUNDWORK_UNROLL(4)
        for (Index i = 0; i < line<T>; ++i) {
            s.step(a + i, b + i * panel);
        }
        a += V::rows * line<T>;
        b += line<T> * panel;
    }
    for (; k < depth; ++k, ++a, b += panel) {
        s.step(a, b);
    }
    const auto scale = V::all(alpha), keep = V::all(beta);
    GROUNDWORK_UNROLL(16)
    for (Index r = 0; r < R; ++r) {
        GROUNDWORK_UNROLL(8)
        for (Index v = 0; v < V_; ++v) {
            T *to = c + r * ldc + v * V::width;
            const Index rest = columns - v * V::width;
            auto value = V::mul(scale, s.sum[r][v]);
            if (rest >= V::width) {
                V::store(to, beta == T(0) ? value : V::fma(keep, V::load(to), value));
            } else if (rest > 0) {
                value = beta == T(0) ? value : V::fma(keep, V::load(to, rest), value);
                V::store(to, value, rest);
            }
        }
    }
}

template <class T, std::size_t... I> const Tile<T> *table(std::index_sequence<I...>) {
    constexpr Index vectors = Vector<T>::vectors;
    static constexpr Tile<T> all[] = {
        tile<T, static_cast<Index>(I) / vectors + 1, static_cast<Index>(I) % vectors + 1>...};
    return all;
}

} // namespace

template <class T> const Kernels<T> &kernels() {
    using V = Vector<T>;
    constexpr auto count = static_cast<std::size_t>(V::rows * V::vectors);
    static const Kernels<T> all = {
        V::rows,   V::vectors, V::width,        table<T>(std::make_index_sequence<count>()),
        pack_a<T>, pack_b<T>,  simd<T>,         registers<T>,
        thin<T>,   peak<T>,    peak_flops<T>(), sum<T>};
    return all;
}

template const Kernels<float> &kernels<float>();
template const Kernels<double> &kernels<double>();

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
