// The C door: what every room's library shows to other languages.
//
// Functions at the door are `extern "C"`, take plain numbers and pointers, and return a status.
// No exception crosses it: `guarded` turns one into a status and a message, which the caller
// fetches with `groundwork_last_error()` (per thread, valid until the next failing call).
#pragma once

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

#define GROUNDWORK_DOOR extern "C" __attribute__((visibility("default")))

namespace groundwork {

enum Status : int {
    ok = 0,
    invalid = 1,   // the caller's arguments
    no_memory = 2, // an allocation failed
    failed = 3,    // anything else
};

// Thrown by code behind the door for arguments that make no sense.
struct InvalidArgument : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

inline char *message() noexcept {
    static thread_local char text[512] = "";
    return text;
}

inline int report(Status status, const char *what) noexcept {
    std::snprintf(message(), 512, "%s", what);
    return status;
}

// Runs `body()`; returns 0, or the status of the exception it threw.
template <class Body> int guarded(Body &&body) noexcept {
    try {
        body();
        return ok;
    } catch (const InvalidArgument &problem) {
        return report(invalid, problem.what());
    } catch (const std::bad_alloc &) {
        return report(no_memory, "out of memory");
    } catch (const std::exception &problem) {
        return report(failed, problem.what());
    } catch (...) {
        return report(failed, "an unknown exception");
    }
}

} // namespace groundwork

// Each library defines this once, in its door.cpp.
#define GROUNDWORK_DEFINE_LAST_ERROR()                                                             \
    GROUNDWORK_DOOR const char *groundwork_last_error() {                                          \
        return groundwork::message();                                                              \
    }
