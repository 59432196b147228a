// What the memory of this machine can do: latency and bandwidth by the size of what is read.
#pragma once

#include <cstdint>

namespace groundwork::matmul {

// Seconds per load when each load's address comes from the one before, over `size` bytes in a
// random order of cache lines: what a miss costs when nothing hides it.
double load_latency(std::int64_t size, std::int64_t loads);

// Bytes per second when `size` bytes are read in order, again and again, `total` bytes in all,
// with the widest loads of the instruction set in use.
double read_bandwidth(std::int64_t size, std::int64_t total);

// Operations per second of step 6's inner loops alone, float32: one block of A (rows × depth)
// against panels of B (depth × columns), both packed beforehand, `rounds` times.
double block_speed(std::int64_t rows, std::int64_t depth, std::int64_t columns,
                   std::int64_t rounds);

} // namespace groundwork::matmul
