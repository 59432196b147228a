// The inner loops of step 6: one packed block of A against packed panels of B.
#pragma once

#include "memory.hpp"
#include "steps.hpp"

#include <algorithm>

namespace groundwork::matmul {

// C (rows × columns) = alpha · A (rows × depth) · B (depth × columns) + beta · C, both packed.
// A panel of B stays in the first-level cache while all panels of A pass by.
template <class T>
void multiply_block(const Kernels<T> &kernels, Index rows, Index depth, Index columns, const T *a,
                    const T *b, T alpha, T beta, T *c, Index ldc) {
    const Index a_panel = kernels.rows * round_up(depth, line<T>);
    for (Index col = 0; col < columns; col += kernels.columns()) {
        const Index width = std::min(kernels.columns(), columns - col);
        const Index vectors = ceil_div(width, kernels.width);
        const T *from = a;
        for (Index row = 0; row < rows; row += kernels.rows, from += a_panel) {
            const Index height = std::min(kernels.rows, rows - row);
            const Tile<T> tile = kernels.tiles[(height - 1) * kernels.vectors + vectors - 1];
            tile(depth, from, b + col * depth, alpha, beta, c + row * ldc + col, ldc, width);
        }
    }
}

} // namespace groundwork::matmul
