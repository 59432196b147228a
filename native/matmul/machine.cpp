#include "machine.hpp"

#include "block.hpp"
#include "dispatch.hpp"

#include "groundwork/door.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include <time.h>

namespace groundwork::matmul {

namespace {

struct alignas(64) Line {
    std::size_t next;
    std::size_t unused[7];
};

} // namespace

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double load_latency(std::int64_t size, std::int64_t loads) {
    const auto count = static_cast<std::size_t>(size) / sizeof(Line);
    if (size < 128 || loads < 1) {
        throw InvalidArgument("latency wants at least two lines of 64 bytes and one load");
    }
    // A random cyclic order (Sattolo), so that no prefetcher guesses the next line.
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937_64 random(size);
    for (std::size_t i = count - 1; i > 0; --i) {
        std::swap(order[i], order[random() % i]);
    }
    std::vector<Line> lines(count);
    for (std::size_t i = 0; i < count; ++i) {
        lines[i].next = order[i];
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) { // once around: warm
        at = lines[at].next;
    }
    const double start = thread_seconds();
    for (std::int64_t i = 0; i < loads; ++i) {
        at = lines[at].next;
    }
    const double seconds = thread_seconds() - start;
    volatile std::size_t sink = at; // so that the loads are wanted
    (void)sink;
    return seconds / static_cast<double>(loads);
}

double read_bandwidth(std::int64_t size, std::int64_t total) {
    if (size < 4096 || total < size) {
        throw InvalidArgument("bandwidth wants at least one page, read at least once");
    }
    const auto count = static_cast<Index>(size) / 4 / 256 * 256;
    std::vector<float> data(static_cast<std::size_t>(count), 1.0f);
    const auto &kernels = active<float>();
    volatile float sink = kernels.sum(data.data(), count, 1); // once: warm
    const std::int64_t passes = (total + size - 1) / size;
    const double start = thread_seconds();
    sink = sink + kernels.sum(data.data(), count, static_cast<Index>(passes));
    return static_cast<double>(passes) * static_cast<double>(count) * 4 /
           (thread_seconds() - start);
}

double block_speed(std::int64_t rows, std::int64_t depth, std::int64_t columns,
                   std::int64_t rounds) {
    const auto &kernels = active<float>();
    if (rows < 1 || depth < 1 || columns < 1 || rounds < 1) {
        throw InvalidArgument("a block wants at least one row, column, number deep, and round");
    }
    const Index m = round_up(rows, kernels.rows), n = round_up(columns, kernels.columns());
    float *a =
        static_cast<float *>(scratch(Scratch::a, bytes<float>(m * round_up(depth, line<float>))));
    float *b = static_cast<float *>(scratch(Scratch::b, bytes<float>(n * depth)));
    std::fill_n(a, m * round_up(depth, line<float>), 1.0f);
    std::fill_n(b, n * depth, 1.0f);
    std::vector<float> c(static_cast<std::size_t>(m * n));
    const auto once = [&] { multiply_block(kernels, m, depth, n, a, b, 1.0f, 0.0f, c.data(), n); };
    once(); // warm
    const double start = thread_seconds();
    for (std::int64_t round = 0; round < rounds; ++round) {
        once();
    }
    const double seconds = thread_seconds() - start;
    for (const float value : c) {
        if (value != static_cast<float>(depth)) {
            throw std::logic_error("the block's product is wrong");
        }
    }
    return 2.0 * static_cast<double>(rounds) * static_cast<double>(m) * static_cast<double>(n) *
           static_cast<double>(depth) / seconds;
}

} // namespace groundwork::matmul
