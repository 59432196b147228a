#include "memory.hpp"

#include <cstdlib>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace groundwork::matmul {

namespace {

constexpr std::size_t cache_line = 64, large_page = std::size_t{1} << 21;

struct Free {
    void operator()(void *p) const { std::free(p); }
};

struct Buffer {
    std::unique_ptr<void, Free> memory;
    std::size_t size = 0;
};

} // namespace

void *scratch(Scratch kind, std::size_t bytes) {
    static thread_local Buffer buffers[2];
    Buffer &buffer = buffers[static_cast<int>(kind)];
    if (buffer.size < bytes) {
        // Large pages, where the system grants them: one address translation for 2 MiB.
        const std::size_t alignment = bytes >= large_page / 16 ? large_page : cache_line;
        const std::size_t size = (bytes + alignment - 1) / alignment * alignment;
        buffer.size = 0;
        buffer.memory.reset(std::aligned_alloc(alignment, size));
        if (!buffer.memory) {
            throw std::bad_alloc();
        }
        buffer.size = size;
#ifdef MADV_HUGEPAGE
        if (alignment == large_page) {
            (void)madvise(buffer.memory.get(), size, MADV_HUGEPAGE);
        }
#endif
    }
    return buffer.memory.get();
}

} // namespace groundwork::matmul
