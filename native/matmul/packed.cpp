// Steps 6 and 7: packed panels around a register tile, and threads. (Few rows: see thin.cpp.)
//
// After Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008). Three
// loops cut the product so that each piece stays where it is wanted:
//
//     B, depth × nc    packed, in the last-level cache, shared by all threads
//     A, mc × depth    packed, in the second-level cache, one per thread
//     B, depth × V     one panel of it, in the first-level cache, while A's panels pass by
//     C, R × V         in registers
//
// Packing copies each piece once into the order in which the tile will read it: consecutive
// addresses, whole cache lines, few pages, and no leading dimension that folds rows onto one set.
// The copy costs one pass over n² numbers for n³ operations.
#include "block.hpp"
#include "blocks.hpp"
#include "dispatch.hpp"
#include "memory.hpp"
#include "patience.hpp"
#include "pool.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

namespace groundwork::matmul {

namespace {

// A parallel loop that any number of threads may join at any time: `next` hands out indices,
// `done` counts the finished ones.
struct Loop {
    std::atomic<Index> next{0}, done{0};
    Index total = 0;

    template <class Body> void join(Body body) {
        for (Index i = next.fetch_add(1); i < total; i = next.fetch_add(1)) {
            body(i);
            done.fetch_add(1, std::memory_order_release);
        }
        for (const Patience patience; done.load(std::memory_order_acquire) < total;) {
            patience.wait();
        }
    }
};

template <class T> class Packed {
  public:
    Packed(const Product<T> &p, const Plan &plan)
        : p_(p), kernels_(active<T>()), blocks_(choose_blocks<T>(p, plan, kernels_)),
          loops_(
              static_cast<std::size_t>(2 * ceil_div(p.n, blocks_.nc) * ceil_div(p.k, blocks_.kc))),
          b_(static_cast<T *>(
              scratch(Scratch::b, bytes<T>(std::min(blocks_.kc, p.k) *
                                           round_up(std::min(blocks_.nc, p.n), tile_n()))))) {
        Loop *loop = loops_.data();
        for (Index j = 0; j < p_.n; j += blocks_.nc) {
            const Index width = std::min(blocks_.nc, p_.n - j);
            for (Index k = 0; k < p_.k; k += blocks_.kc) {
                loop++->total = ceil_div(width, tile_n());
                loop++->total = blocks_.rows * ceil_div(width, blocks_.columns);
            }
        }
    }

    // Every thread runs this; the loops share out the work.
    void run() {
        const Index a_size = blocks_.mc * round_up(blocks_.kc, line<T>);
        T *a = static_cast<T *>(scratch(Scratch::a, bytes<T>(a_size)));
        Loop *loop = loops_.data();
        for (Index j = 0; j < p_.n; j += blocks_.nc) {
            const Index width = std::min(blocks_.nc, p_.n - j);
            for (Index k = 0; k < p_.k; k += blocks_.kc) {
                const Index depth = std::min(blocks_.kc, p_.k - k);
                loop++->join([&](Index panel) { pack_panel(j, k, width, depth, panel); });
                loop++->join([&](Index task) { multiply(j, k, width, depth, task, a); });
            }
        }
    }

  private:
    Index tile_n() const { return kernels_.columns(); }

    Index first_row(Index block) const {
        return first_panel(block, ceil_div(p_.m, kernels_.rows), blocks_.rows) * kernels_.rows;
    }

    void pack_panel(Index j, Index k, Index width, Index depth, Index panel) {
        const Index first = panel * tile_n();
        kernels_.pack_b(p_.b + k * p_.ldb + j + first, p_.ldb, depth,
                        std::min(tile_n(), width - first), b_ + first * depth);
    }

    // One block of A against the columns of one task.
    void multiply(Index j, Index k, Index width, Index depth, Index task, T *a) {
        const Index across = ceil_div(width, blocks_.columns);
        const Index i = first_row(task / across);
        const Index rows = std::min(first_row(task / across + 1), p_.m) - i;
        const Index first = task % across * blocks_.columns;
        const Index last = std::min(first + blocks_.columns, width);
        kernels_.pack_a(p_.a + i * p_.lda + k, p_.lda, rows, depth, a);
        const T beta = k == 0 ? p_.beta : T(1);
        multiply_block(kernels_, rows, depth, last - first, a, b_ + first * depth, p_.alpha, beta,
                       p_.c + i * p_.ldc + j + first, p_.ldc);
    }

    const Product<T> &p_;
    const Kernels<T> &kernels_;
    const Blocks blocks_;
    std::vector<Loop> loops_;
    T *b_;
};

// Up to so many rows, no number of B is used often enough to pay for its copy; and reading it, not
// arithmetic, is the limit, so that there is nothing to share out.
constexpr Index few = 6;

} // namespace

template <class T> void packed(const Product<T> &p, const Plan &plan) {
    if (p.m == 0 || p.n == 0) {
        return;
    }
    if (p.k == 0 || p.alpha == T(0)) {
        scale_output(p);
        return;
    }
    if (p.m <= few) {
        active<T>().thin(p, plan);
        return;
    }
    Packed<T> job(p, plan);
    run_with_helpers(plan.threads - 1, [&job] { job.run(); });
}

template void packed<float>(const Product<float> &, const Plan &);
template void packed<double>(const Product<double> &, const Plan &);

} // namespace groundwork::matmul
