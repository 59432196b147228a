// Vectors that begin on a cache line, as NumPy's large arrays do, for the programs that measure.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace groundwork::matmul {

template <class T> struct OnLine {
    using value_type = T;
    static constexpr std::align_val_t line{64};

    OnLine() = default;
    template <class U> OnLine(const OnLine<U> &) {}
    T *allocate(std::size_t count) {
        return static_cast<T *>(::operator new(count * sizeof(T), line));
    }
    void deallocate(T *p, std::size_t) { ::operator delete(p, line); }
    template <class U> bool operator==(const OnLine<U> &) const { return true; }
};

template <class T> using AlignedVector = std::vector<T, OnLine<T>>;

} // namespace groundwork::matmul
