// Block sizes of the packed product, from the sizes of the caches.
#pragma once

#include "steps.hpp"

namespace groundwork::matmul {

struct Blocks {
    Index rows;    // blocks into which the rows of A are cut, as equal as whole panels allow
    Index mc;      // rows of the largest of them
    Index kc;      // depth of all packed panels
    Index nc;      // columns of the packed panel of B
    Index columns; // columns of one thread's task
};

// First of `panels` in block `b` of `blocks` blocks that differ by at most one panel.
inline Index first_panel(Index b, Index panels, Index blocks) {
    return b * panels / blocks;
}

// The plan's own sizes where it names them, else sizes for this processor's first-level cache;
// evened out over the matrix, so that the last block is not a sliver, and cut finely enough for
// the threads, to each of which falls the same number. Throws InvalidArgument for negative sizes.
template <class T>
Blocks choose_blocks(const Product<T> &p, const Plan &plan, const Kernels<T> &kernels);

} // namespace groundwork::matmul
