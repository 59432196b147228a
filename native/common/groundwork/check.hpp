// Tests without a framework: CHECK, a name per case, a non-zero exit when anything failed.
//
//     TEST("sums to one") { CHECK(sum == 1); }
//     int main() { return groundwork::run_tests(); }
#pragma once

#include <cstdio>
#include <exception>
#include <vector>

namespace groundwork {

struct Test {
    const char *name;
    void (*body)();
};

inline std::vector<Test> &tests() {
    static std::vector<Test> all;
    return all;
}

inline int &failures() {
    static int count = 0;
    return count;
}

struct Register {
    Register(const char *name, void (*body)()) { tests().push_back({name, body}); }
};

inline void check(bool passed, const char *what, const char *file, int line) {
    if (!passed && ++failures() <= 20) {
        std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
}

// Runs every test; the exit status counts a program without tests as a failure too.
inline int run_tests() {
    for (const Test &test : tests()) {
        const int before = failures();
        try {
            test.body();
        } catch (const std::exception &problem) {
            check(false, problem.what(), test.name, 0);
        }
        std::printf("%s %s\n", failures() == before ? "ok    " : "FAILED", test.name);
    }
    std::printf("%zu tests, %d failed checks\n", tests().size(), failures());
    return failures() == 0 && !tests().empty() ? 0 : 1;
}

} // namespace groundwork

#define GROUNDWORK_JOIN_(a, b) a##b
#define GROUNDWORK_JOIN(a, b) GROUNDWORK_JOIN_(a, b)
#define TEST(name)                                                                                 \
    static void GROUNDWORK_JOIN(test_, __LINE__)();                                                \
    static const groundwork::Register GROUNDWORK_JOIN(register_, __LINE__)(                        \
        name, GROUNDWORK_JOIN(test_, __LINE__));                                                   \
    static void GROUNDWORK_JOIN(test_, __LINE__)()
#define CHECK(condition)                                                                           \
    groundwork::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define CHECK_THROWS(kind, expression)                                                             \
    do {                                                                                           \
        bool thrown = false;                                                                       \
        try {                                                                                      \
            (void)(expression);                                                                    \
        } catch (const kind &) {                                                                   \
            thrown = true;                                                                         \
        }                                                                                          \
        groundwork::check(thrown, #expression " throws " #kind, __FILE__, __LINE__);               \
    } while (false)
