// Block sizes of the packed product, from the sizes of the caches.
#pragma once

#include "steps.hpp"

namespace groundwork::matmul {

struct Blocks {
    Index mc;      // rows of a packed block of A
    Index kc;      // depth of all packed panels
    Index nc;      // columns of the packed panel of B
    Index columns; // columns of one thread's task
};

// The plan's own sizes where it names them, else sizes for caches of 32 KiB, 1 MiB and more;
// evened out over the matrix, so that the last block is not a sliver, and cut finely enough for
// the threads. Throws InvalidArgument for negative sizes.
template <class T>
Blocks choose_blocks(const Product<T> &p, const Plan &plan, const Kernels<T> &kernels);

} // namespace groundwork::matmul
