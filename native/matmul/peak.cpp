// The ceiling: multiply-adds that wait for nothing but each other's registers.
//
// 24 sums (12 where there are 16 registers) are independent, so that the latency of one hides
// behind the others; no memory is read. What this reaches is the most that any product can.
#include "kernels.hpp"

namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE {

namespace {

template <class T>
inline constexpr Index sums = Vector<T>::rows * Vector<T>::vectors >= 24 ? 24 : 12;

} // namespace

template <class T> double peak_flops() {
    return 2.0 * static_cast<double>(sums<T> * Vector<T>::width);
}

template <class T> double peak(Index rounds) {
    using V = Vector<T>;
    typename V::Register sum[sums<T>];
    const auto factor = V::all(T(0.5)), step = V::all(T(1));
    GROUNDWORK_UNROLL(32)
    for (Index s = 0; s < sums<T>; ++s) {
        sum[s] = V::all(static_cast<T>(s));
    }
    const double start = thread_seconds();
    for (Index round = 0; round < rounds; ++round) {
        GROUNDWORK_UNROLL(32)
        for (Index s = 0; s < sums<T>; ++s) {
            sum[s] = V::fma(sum[s], factor, step);
        }
    }
    const double seconds = thread_seconds() - start;
    T lanes[16];
    volatile T sink = T(0); // so that the sums are wanted
    for (Index s = 0; s < sums<T>; ++s) {
        V::store(lanes, sum[s]);
        sink = sink + lanes[0];
    }
    return seconds;
}

template <class T> T sum(const T *values, Index count, Index passes) {
    using V = Vector<T>;
    constexpr Index streams = 8;
    typename V::Register part[streams];
    GROUNDWORK_UNROLL(8)
    for (Index s = 0; s < streams; ++s) {
        part[s] = V::zero();
    }
    const auto one = V::all(T(1));
    for (Index pass = 0; pass < passes; ++pass) {
        for (Index i = 0; i + streams * V::width <= count; i += streams * V::width) {
            GROUNDWORK_UNROLL(8)
            for (Index s = 0; s < streams; ++s) {
                part[s] = V::fma(one, V::load(values + i + s * V::width), part[s]);
            }
        }
        asm volatile("" ::: "memory"); // each pass reads anew
    }
    T total = T(0), lanes[16];
    for (Index s = 0; s < streams; ++s) {
        V::store(lanes, part[s]);
        for (Index l = 0; l < V::width; ++l) {
            total += lanes[l];
        }
    }
    return total;
}

template float sum<float>(const float *, Index, Index);
template double sum<double>(const double *, Index, Index);
template double peak<float>(Index);
template double peak<double>(Index);
template double peak_flops<float>();
template double peak_flops<double>();

} // namespace groundwork::matmul::GROUNDWORK_ISA_NAMESPACE
