// The C door of this room: see groundwork/door.hpp for its manners.
#include "groundwork/door.hpp"

#include "dispatch.hpp"
#include "machine.hpp"

#include <cstdint>
#include <string>

namespace gm = groundwork::matmul;

namespace {

// Sizes and pointers that make no sense are the caller's mistake, and named.
template <class T> void check(const gm::Product<T> &p) {
    if (p.m < 0 || p.n < 0 || p.k < 0) {
        throw groundwork::InvalidArgument("m, n and k must not be negative");
    }
    if (p.m > 1 && p.ldc < p.n) {
        throw groundwork::InvalidArgument("ldc must be at least n: rows of C must not overlap");
    }
    const bool reads = p.m > 0 && p.n > 0 && p.k > 0;
    if ((reads && (!p.a || !p.b)) || (p.m > 0 && p.n > 0 && !p.c)) {
        throw groundwork::InvalidArgument("a matrix that is not empty has a null pointer");
    }
}

template <class T>
int multiply(const char *variant, gm::Product<T> p, const std::int64_t *blocks, int threads) {
    return groundwork::guarded([&] {
        check(p);
        if (threads < 1 || threads > 1024) {
            throw groundwork::InvalidArgument("threads must be from 1 to 1024");
        }
        gm::Plan plan;
        plan.threads = threads;
        if (blocks) {
            plan.tile = blocks[0];
            plan.mc = blocks[1];
            plan.kc = blocks[2];
            plan.nc = blocks[3];
        }
        gm::find_step<T>(variant)(p, plan);
    });
}

} // namespace

GROUNDWORK_DEFINE_LAST_ERROR()

// C (m × n) = alpha · A (m × k) · B (k × n) + beta · C by the named step; `blocks` is null or
// {tile, mc, kc, nc} with 0 for "choose".
GROUNDWORK_DOOR int groundwork_matmul_f32(const char *variant, std::int64_t m, std::int64_t n,
                                          std::int64_t k, float alpha, const float *a,
                                          std::int64_t lda, const float *b, std::int64_t ldb,
                                          float beta, float *c, std::int64_t ldc,
                                          const std::int64_t *blocks, int threads) {
    return multiply<float>(variant, {m, n, k, alpha, a, lda, b, ldb, beta, c, ldc}, blocks,
                           threads);
}

GROUNDWORK_DOOR int groundwork_matmul_f64(const char *variant, std::int64_t m, std::int64_t n,
                                          std::int64_t k, double alpha, const double *a,
                                          std::int64_t lda, const double *b, std::int64_t ldb,
                                          double beta, double *c, std::int64_t ldc,
                                          const std::int64_t *blocks, int threads) {
    return multiply<double>(variant, {m, n, k, alpha, a, lda, b, ldb, beta, c, ldc}, blocks,
                            threads);
}

// The ladder's names in order; null past the end.
GROUNDWORK_DOOR const char *groundwork_matmul_variant(int index) {
    return gm::step_name(index);
}

// The instruction set in use into *out (a static string).
GROUNDWORK_DOOR int groundwork_matmul_isa(const char **out) {
    return groundwork::guarded([&] { *out = gm::name(gm::active_isa()); });
}

GROUNDWORK_DOOR int groundwork_matmul_use_isa(const char *name) {
    return groundwork::guarded([&] { gm::use_isa(name); });
}

// The instruction sets available here, best first; null past the end.
GROUNDWORK_DOOR const char *groundwork_matmul_available(int index) {
    gm::Isa found[4];
    const int count = gm::available(found);
    return index >= 0 && index < count ? gm::name(found[index]) : nullptr;
}

// Rows and columns of the register tile into out[0], out[1].
GROUNDWORK_DOOR int groundwork_matmul_tile(int is_double, std::int64_t *out) {
    return groundwork::guarded([&] {
        out[0] = is_double ? gm::active<double>().rows : gm::active<float>().rows;
        out[1] = is_double ? gm::active<double>().columns() : gm::active<float>().columns();
    });
}

// Measured ceiling of multiply-adds, float32, in operations per second.
GROUNDWORK_DOOR int groundwork_matmul_peak(std::int64_t rounds, double *flops) {
    return groundwork::guarded([&] {
        const auto &kernels = gm::active<float>();
        *flops = static_cast<double>(rounds) * kernels.peak_flops / kernels.peak(rounds);
    });
}

// Seconds per load of a chain of dependent loads through `size` bytes.
GROUNDWORK_DOOR int groundwork_matmul_latency(std::int64_t size, std::int64_t loads,
                                              double *seconds) {
    return groundwork::guarded([&] { *seconds = gm::load_latency(size, loads); });
}

// Bytes per second of reading `size` bytes over and over, about `total` bytes in all.
GROUNDWORK_DOOR int groundwork_matmul_bandwidth(std::int64_t size, std::int64_t total,
                                                double *rate) {
    return groundwork::guarded([&] { *rate = gm::read_bandwidth(size, total); });
}

// Operations per second of the inner loops of `packed` on one packed block, float32.
GROUNDWORK_DOOR int groundwork_matmul_block_speed(std::int64_t rows, std::int64_t depth,
                                                  std::int64_t columns, std::int64_t rounds,
                                                  double *flops) {
    return groundwork::guarded([&] { *flops = gm::block_speed(rows, depth, columns, rounds); });
}

// The compiler that built this library.
GROUNDWORK_DOOR const char *groundwork_matmul_compiler() {
#ifdef __clang__
    return __VERSION__;
#else
    return "GCC " __VERSION__;
#endif
}
