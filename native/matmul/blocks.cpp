#include "blocks.hpp"

#include "memory.hpp"

#include "groundwork/door.hpp"

#include <algorithm>

#include <unistd.h>

namespace groundwork::matmul {

namespace {

// The largest multiple of `grain` of at most `limit` (but at least one grain) that cuts `size`
// into pieces as equal as may be.
Index even_cut(Index size, Index limit, Index grain) {
    const Index most = std::max(grain, limit / grain * grain);
    const Index pieces = std::max<Index>(1, ceil_div(size, most));
    return round_up(std::max<Index>(1, ceil_div(size, pieces)), grain);
}

Index first_level() {
#ifdef _SC_LEVEL1_DCACHE_SIZE
    const Index told = sysconf(_SC_LEVEL1_DCACHE_SIZE);
    return told > 0 ? told : 32768;
#else
    return 32768;
#endif
}

// Depth of the panels: the deeper of two for which a panel of B leaves a third of the first-level
// cache to A and C, and so stays there while A's panels pass by. Where neither does, it streams
// from the second level whatever its depth, and the deeper one halves the passes over C.
Index depth(Index columns, Index size) {
    static const Index room = first_level() / 3 * 2;
    for (const Index deep : {2048 / size, 1024 / size}) {
        if (deep * columns * size <= room) {
            return deep;
        }
    }
    return 2048 / size;
}

} // namespace

template <class T>
Blocks choose_blocks(const Product<T> &p, const Plan &plan, const Kernels<T> &kernels) {
    if (plan.mc < 0 || plan.kc < 0 || plan.nc < 0 || plan.threads < 1) {
        throw InvalidArgument("block sizes must not be negative, and threads at least 1");
    }
    const Index size = static_cast<Index>(sizeof(T));
    const Index kc = plan.kc > 0 ? plan.kc : depth(kernels.columns(), size);
    // Rows: a block of A stays in the second level, with room for the panels of B that pass.
    const Index mc = plan.mc > 0 ? plan.mc : 96;
    const Index nc = plan.nc > 0 ? plan.nc : 8388608 / (kc * size);
    const Index panels = ceil_div(p.m, kernels.rows);
    const Index most = std::max<Index>(1, mc / kernels.rows); // panels in a block
    Blocks blocks{ceil_div(panels, most), 0, even_cut(p.k, kc, line<T>),
                  even_cut(p.n, nc, kernels.columns()), 0};
    blocks.columns = blocks.nc;
    if (plan.threads > 1) {
        // Four tasks a thread even out their speeds; first fewer rows, then fewer columns. Below
        // four panels a block, its packing and the reading of B cost more than the evenness gains.
        const Index wanted = 4 * plan.threads, finest = std::max<Index>(1, panels / 4);
        blocks.rows = std::max(blocks.rows, std::min(wanted, finest));
        blocks.rows = std::min(panels, round_up(blocks.rows, plan.threads));
        if (blocks.rows < wanted) {
            const Index width = std::min(p.n, blocks.nc);
            blocks.columns =
                even_cut(width, ceil_div(width, ceil_div(wanted, blocks.rows)), kernels.columns());
        }
    }
    blocks.mc = ceil_div(panels, blocks.rows) * kernels.rows;
    return blocks;
}

template Blocks choose_blocks<float>(const Product<float> &, const Plan &, const Kernels<float> &);
template Blocks choose_blocks<double>(const Product<double> &, const Plan &,
                                      const Kernels<double> &);

} // namespace groundwork::matmul
