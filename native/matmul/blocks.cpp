#include "blocks.hpp"

#include "memory.hpp"

#include "groundwork/door.hpp"

#include <algorithm>

namespace groundwork::matmul {

namespace {

// The largest multiple of `grain` of at most `limit` (but at least one grain) that cuts `size`
// into pieces as equal as may be.
Index even_cut(Index size, Index limit, Index grain) {
    const Index most = std::max(grain, limit / grain * grain);
    const Index pieces = std::max<Index>(1, ceil_div(size, most));
    return round_up(std::max<Index>(1, ceil_div(size, pieces)), grain);
}

} // namespace

template <class T>
Blocks choose_blocks(const Product<T> &p, const Plan &plan, const Kernels<T> &kernels) {
    if (plan.mc < 0 || plan.kc < 0 || plan.nc < 0 || plan.threads < 1) {
        throw InvalidArgument("block sizes must not be negative, and threads at least 1");
    }
    const Index size = static_cast<Index>(sizeof(T));
    // Depth: half a first-level cache holds the part of a panel of A that is in flight; deeper
    // panels halve the traffic of C, and the sweep in the report shows where that ends.
    const Index kc = plan.kc > 0 ? plan.kc : 2048 / size;
    // Rows: a block of A takes a quarter of the second-level cache.
    const Index mc = plan.mc > 0 ? plan.mc : 262144 / (kc * size);
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
