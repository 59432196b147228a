// Scratch memory: aligned to cache lines, kept by each thread from product to product.
#pragma once

#include "matmul.hpp"

namespace groundwork::matmul {

enum class Scratch { a, b };

// At least `bytes` bytes of the calling thread's memory of that kind; contents are arbitrary.
// Throws std::bad_alloc.
void *scratch(Scratch kind, std::size_t bytes);

template <class T> std::size_t bytes(Index count) {
    return static_cast<std::size_t>(count) * sizeof(T);
}

inline Index ceil_div(Index a, Index b) {
    return (a + b - 1) / b;
}
inline Index round_up(Index a, Index b) {
    return ceil_div(a, b) * b;
}

} // namespace groundwork::matmul
