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

} // namespace groundwork::matmul
