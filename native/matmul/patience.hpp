// Waiting for another thread of the same product, which is seldom long.
#pragma once

#include <chrono>
#include <thread>

namespace groundwork::matmul {

// Awake for a while; then each wait gives the core away, since whoever is waited for may need it.
// Giving it away at once would be polite and slow: on a busy machine the core comes back
// milliseconds later, and a processor that went to sleep takes a tenth of one to wake.
class Patience {
  public:
    explicit Patience(std::chrono::microseconds length = std::chrono::microseconds(100))
        : end_(clock::now() + length) {}
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
    clock::time_point end_;
};

} // namespace groundwork::matmul
