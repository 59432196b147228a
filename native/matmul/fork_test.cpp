// A forked child has none of its parent's threads, and gets a pool of its own.
#include "dispatch.hpp"
#include "test_case.hpp"

#include "groundwork/check.hpp"

#include <sys/wait.h>
#include <unistd.h>

namespace gm = groundwork::matmul;

namespace {

bool product_on_three_threads() {
    gm::Case<float> x(90, 110, 80, 0, 1, 0, 1);
    gm::Plan plan;
    plan.threads = 3;
    gm::find_step<float>("packed")(x.product(), plan);
    return x.right();
}

} // namespace

TEST("a forked child computes on threads of its own") {
    CHECK(product_on_three_threads());
    const pid_t child = fork();
    if (child == 0) {
        _exit(product_on_three_threads() ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main() {
    return groundwork::run_tests();
}
