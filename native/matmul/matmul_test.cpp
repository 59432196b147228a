// Every step, on every instruction set this processor has, against a product in a wider type.
#include "blocks.hpp"
#include "dispatch.hpp"
#include "test_case.hpp"

#include "groundwork/check.hpp"
#include "groundwork/door.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace gm = groundwork::matmul;
using gm::Case;
using gm::Index;

extern "C" int groundwork_matmul_f32(const char *, std::int64_t, std::int64_t, std::int64_t, float,
                                     const float *, std::int64_t, const float *, std::int64_t,
                                     float, float *, std::int64_t, const std::int64_t *, int);
extern "C" const char *groundwork_last_error();

namespace {

const std::vector<Index> edges = {0,  1,  2,  3,  5,  7,  8,  13, 14, 15,
                                  16, 17, 31, 32, 33, 47, 48, 49, 97};

template <class T> bool steps_are_right(const char *step, unsigned seed) {
    std::mt19937 random(seed);
    const auto pick = [&](const auto &from) { return from[random() % from.size()]; };
    bool good = true;
    for (unsigned i = 0; i < 60; ++i) {
        const T alpha = pick(std::vector<T>{1, 1, T(-0.5), 0}),
                beta = pick(std::vector<T>{0, 0, 1, 2});
        Case<T> x(pick(edges), pick(edges), pick(edges), pick(std::vector<Index>{0, 0, 1, 19}),
                  alpha, beta, i);
        gm::Plan plan;
        plan.tile = pick(std::vector<Index>{0, 1, 5, 16, 48});
        plan.mc = pick(std::vector<Index>{0, 1, 20});
        plan.kc = pick(std::vector<Index>{0, 1, 24});
        plan.nc = pick(std::vector<Index>{0, 1, 40});
        plan.threads = pick(std::vector<int>{1, 1, 2, 3});
        gm::find_step<T>(step)(x.product(), plan);
        good = good && x.right();
    }
    return good;
}

} // namespace

TEST("every step on every instruction set agrees with a wider product") {
    gm::Isa found[4];
    const int count = gm::available(found);
    for (int i = 0; i < count; ++i) {
        gm::use_isa(gm::name(found[i]));
        for (int s = 0; gm::step_name(s); ++s) {
            const char *step = gm::step_name(s);
            const bool single = steps_are_right<float>(step, 7),
                       both = steps_are_right<double>(step, 8);
            if (!single || !both) {
                std::fprintf(stderr, "wrong: %s on %s\n", step, gm::name(found[i]));
            }
            CHECK(single && both);
        }
    }
    gm::use_isa(gm::name(found[0]));
}

TEST("a product large enough for several blocks of every kind, on several threads") {
    for (const int threads : {1, 2, 5}) {
        Case<float> x(301, 277, 1111, 3, 1, 1, 3);
        gm::Plan plan;
        plan.threads = threads;
        gm::find_step<float>("packed")(x.product(), plan);
        CHECK(x.right());
    }
}

TEST("the result does not depend on the number of threads") {
    Case<float> one(150, 170, 900, 0, 1, 0, 4), three(150, 170, 900, 0, 1, 0, 4);
    gm::Plan plan;
    plan.mc = 28, plan.kc = 256, plan.nc = 64;
    gm::find_step<float>("packed")(one.product(), plan);
    plan.threads = 3;
    gm::find_step<float>("packed")(three.product(), plan);
    CHECK(one.c == three.c);
}

TEST("row blocks cover the rows, differ by one panel, and are as many for each thread") {
    const gm::Kernels<float> &kernels = gm::active<float>();
    for (const int threads : {1, 2, 3, 8}) {
        for (const Index m : {1, 14, 15, 127, 512, 768, 1000, 2048}) {
            gm::Product<float> p{};
            p.m = m, p.n = p.k = 512;
            gm::Plan plan;
            plan.threads = threads;
            const gm::Blocks blocks = gm::choose_blocks<float>(p, plan, kernels);
            const Index panels = (m + kernels.rows - 1) / kernels.rows;
            CHECK(blocks.rows <= panels &&
                  gm::first_panel(blocks.rows, panels, blocks.rows) == panels);
            CHECK(blocks.rows % threads == 0 || blocks.rows == panels);
            for (Index b = 0; b < blocks.rows; ++b) {
                const Index size = gm::first_panel(b + 1, panels, blocks.rows) -
                                   gm::first_panel(b, panels, blocks.rows);
                CHECK(size >= panels / blocks.rows && size * kernels.rows <= blocks.mc);
            }
        }
    }
}

TEST("beta = 0 does not read C, and NaN and infinity in A or B reach C") {
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                inf = std::numeric_limits<float>::infinity();
    for (int s = 0; gm::step_name(s); ++s) {
        Case<float> x(20, 37, 21, 0, 1, 0, 5);
        x.c.assign(x.c.size(), nan);
        x.before = x.c;
        gm::find_step<float>(gm::step_name(s))(x.product(), {});
        CHECK(x.right());
        x.a[0] = nan;
        x.a[21] = inf;
        x.b[36] = 0; // inf · 0 in C[1][36]
        gm::find_step<float>(gm::step_name(s))(x.product(), {});
        CHECK(std::isnan(x.c[0]) && std::isnan(x.c[36]));
        CHECK(std::isinf(x.c[37]) && std::isnan(x.c[37 + 36]) && std::isfinite(x.c[2 * 37]));
    }
}

TEST("rows of A and B may be repeated or in reverse order") {
    for (int s = 0; gm::step_name(s); ++s) {
        const std::vector<float> row = {1, 2, 3}, ones = {1, 10, 100, 2, 20, 200, 3, 30, 300};
        std::vector<float> c(9, 0);
        // A: the same row three times (stride 0); B: its rows backwards (stride -3).
        gm::find_step<float>(gm::step_name(s))(
            {3, 3, 3, 1, row.data(), 0, ones.data() + 6, -3, 0, c.data(), 3}, {});
        CHECK((c == std::vector<float>{10, 100, 1000, 10, 100, 1000, 10, 100, 1000}));
    }
}

TEST("several callers at once") {
    std::vector<std::thread> callers;
    std::vector<int> good(4, 0);
    for (std::size_t t = 0; t < good.size(); ++t) {
        callers.emplace_back([&good, t] {
            for (unsigned i = 0; i < 10; ++i) {
                Case<float> x(90, 110, 80, 0, 1, 0, i);
                gm::Plan plan;
                plan.threads = 3;
                gm::find_step<float>("packed")(x.product(), plan);
                good[t] += x.right() ? 1 : 0;
            }
        });
    }
    for (std::thread &caller : callers) {
        caller.join();
    }
    CHECK((good == std::vector<int>(4, 10)));
}

TEST("the door names the caller's mistakes, and no exception crosses it") {
    float x[4] = {};
    const auto call = [&](const char *step, Index m, const float *a, Index ldc, int threads) {
        return groundwork_matmul_f32(step, m, 2, 2, 1, a, 2, x, 2, 0, x, ldc, nullptr, threads);
    };
    const auto says = [](const char *word) {
        return std::string(groundwork_last_error()).find(word) != std::string::npos;
    };
    CHECK(call("packed", 2, x, 2, 1) == groundwork::ok);
    CHECK(call("fastest", 2, x, 2, 1) == groundwork::invalid && says("'fastest'"));
    CHECK(call("packed", -1, x, 2, 1) == groundwork::invalid && says("negative"));
    CHECK(call("packed", 2, nullptr, 2, 1) == groundwork::invalid && says("null"));
    CHECK(call("packed", 2, x, 1, 1) == groundwork::invalid && says("ldc"));
    CHECK(call("packed", 2, x, 2, 0) == groundwork::invalid && says("threads"));
    CHECK_THROWS(groundwork::InvalidArgument, gm::use_isa("mmx"));
}

int main() {
    return groundwork::run_tests();
}
