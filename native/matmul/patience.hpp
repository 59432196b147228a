// Waiting for another thread of the same product, which is seldom long.
#pragma once

#include <chrono>
#include <thread>

namespace groundwork::matmul {

// Awake for about as long as it would take to wake a sleeper; then each wait gives the core away,
// since whoever is waited for may need it. Giving it away at once would be polite and slow: on a
// busy machine the core comes back milliseconds later.
class Patience {
  public:
    bool over() const { return clock::now() >= end_; }
    void wait() const {
        if (over()) {
            std::this_thread::yield();
            return;
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

  private:
    using clock = std::chrono::steady_clock;
    clock::time_point end_ = clock::now() + std::chrono::microseconds(100);
};

} // namespace groundwork::matmul
