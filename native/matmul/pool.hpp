// A persistent pool: threads start once and sleep between products.
//
// Plain C++20 rather than OpenMP: no second run-time beside the one that NumPy or PyTorch brought,
// no flag that a compiler may lack (Apple's does), and forty lines show what a parallel loop is.
#pragma once

#include <functional>

namespace groundwork::matmul {

// Runs `work()` on the calling thread and on up to `helpers` threads of the pool, and returns when
// every thread that began has ended. The work must be complete once every thread that *began* it
// is through: a thread that wakes late finds the door shut and goes back to sleep. When another
// product holds the pool, the caller works alone.
void run_with_helpers(int helpers, const std::function<void()> &work);

} // namespace groundwork::matmul
