#include "pool.hpp"

#include "patience.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include <unistd.h>

namespace groundwork::matmul {

namespace {

constexpr std::chrono::milliseconds lookout(2); // OpenBLAS's threads look out for over 40

class Pool {
  public:
    void run(int helpers, const std::function<void()> &work) {
        grow(helpers);
        work_ = &work;
        seats_.store(helpers);
        round_.fetch_add(1);
        round_.notify_all();
        std::exception_ptr problem;
        try {
            work();
        } catch (...) {
            problem = std::current_exception();
        }
        // Shut the door, then wait for those inside.
        seats_.store(0);
        for (const Patience patience; inside_.load() != 0;) {
            patience.wait();
        }
        if (problem) {
            std::rethrow_exception(problem);
        }
    }

    std::mutex busy; // held by the product that uses the pool

  private:
    void grow(int helpers) {
        try {
            for (; started_ < helpers; ++started_) {
                std::thread([this, seen = round_.load()] { sleep_and_work(seen); }).detach();
            }
        } catch (const std::system_error &) {
            // No more threads to be had: fewer helpers do the same work.
        }
    }

    void sleep_and_work(unsigned seen) {
        for (;;) {
            // A program that multiplies seldom does it once: look out for the next product a while.
            for (const Patience patience(lookout); round_.load() == seen && !patience.over();) {
                patience.wait();
            }
            round_.wait(seen);
            seen = round_.load();
            inside_.fetch_add(1); // before the seat, so that the door is never shut on us inside
            int seats = seats_.load();
            while (seats > 0 && !seats_.compare_exchange_weak(seats, seats - 1)) {
            }
            if (seats > 0) {
                try {
                    (*work_)();
                } catch (const std::bad_alloc &) {
                    // No memory for this helper; it had taken no task yet, the others do them all.
                }
            }
            inside_.fetch_sub(1);
        }
    }

    const std::function<void()> *work_ = nullptr;
    std::atomic<unsigned> round_{0};
    std::atomic<int> seats_{0}, inside_{0};
    int started_ = 0;
};

// Never destroyed: its sleeping threads may outlive static destructors. A forked child has none of
// the parent's threads, so it gets a pool of its own.
Pool &pool() {
    static std::atomic<Pool *> current{new Pool};
    static std::atomic<pid_t> owner{getpid()};
    static std::mutex guard;
    if (owner.load() != getpid()) {
        const std::lock_guard lock(guard);
        if (owner.load() != getpid()) {
            current.store(new Pool);
            owner.store(getpid());
        }
    }
    return *current.load();
}

} // namespace

void run_with_helpers(int helpers, const std::function<void()> &work) {
    Pool &threads = pool();
    const std::unique_lock lock(threads.busy, std::try_to_lock);
    if (helpers <= 0 || !lock.owns_lock()) {
        work();
        return;
    }
    threads.run(helpers, work);
}

} // namespace groundwork::matmul
