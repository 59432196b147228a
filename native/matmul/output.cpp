// The common beginning: C ← beta · C, where beta = 0 overwrites whatever C held, even NaN.
#include "matmul.hpp"

#include <algorithm>

namespace groundwork::matmul {

template <class T> void scale_output(const Product<T> &p) {
    if (p.beta == T(1)) {
        return;
    }
    for (Index i = 0; i < p.m; ++i) {
        T *row = p.c + i * p.ldc;
        if (p.beta == T(0)) {
            std::fill(row, row + p.n, T(0));
        } else {
            std::transform(row, row + p.n, row, [&](T value) { return p.beta * value; });
        }
    }
}

template void scale_output<float>(const Product<float> &);
template void scale_output<double>(const Product<double> &);

} // namespace groundwork::matmul
