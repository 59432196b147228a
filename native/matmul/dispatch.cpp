#include "dispatch.hpp"

#include "groundwork/door.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>

namespace groundwork::matmul {

namespace {

constexpr Isa all[] = {Isa::avx512, Isa::avx2, Isa::neon, Isa::scalar};

// Compiled in, and present in this processor?
bool usable(Isa isa) {
    switch (isa) {
#ifdef GROUNDWORK_HAS_AVX512
    case Isa::avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
#endif
#ifdef GROUNDWORK_HAS_AVX2
    case Isa::avx2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#ifdef GROUNDWORK_HAS_NEON
    case Isa::neon:
        return true;
#endif
    case Isa::scalar:
        return true;
    default:
        return false;
    }
}

Isa parse(const char *text) {
    std::string known;
    for (const Isa isa : all) {
        if (usable(isa)) {
            if (std::strcmp(text, name(isa)) == 0) {
                return isa;
            }
            known += std::string(known.empty() ? "" : ", ") + name(isa);
        }
    }
    throw InvalidArgument("instruction set '" + std::string(text) + "': available here: " + known);
}

std::atomic<int> chosen{-1};

template <class T> struct Entry {
    const char *name;
    Step<T> (*find)();
};

// The vectorised twins of a portable step, by instruction set.
template <class T>
Step<T> twin(Step<T> baseline, [[maybe_unused]] Step<T> avx2, [[maybe_unused]] Step<T> avx512) {
    switch (active_isa()) {
    case Isa::avx512:
        return avx512;
    case Isa::avx2:
        return avx2;
    default:
        return baseline;
    }
}

#ifdef GROUNDWORK_HAS_AVX512
#define GROUNDWORK_TWIN_AVX512(step) vectorised_avx512::step<T>
#else
#define GROUNDWORK_TWIN_AVX512(step) nullptr
#endif
#ifdef GROUNDWORK_HAS_AVX2
#define GROUNDWORK_TWIN_AVX2(step) vectorised_avx2::step<T>
#else
#define GROUNDWORK_TWIN_AVX2(step) nullptr
#endif
#define GROUNDWORK_TWIN(step)                                                                      \
    twin<T>(vectorised_baseline::step<T>, GROUNDWORK_TWIN_AVX2(step), GROUNDWORK_TWIN_AVX512(step))

template <class T>
constexpr Entry<T> ladder[] = {
    {"naive", []() -> Step<T> { return plain::naive<T>; }},
    {"naive_vectorised", []() -> Step<T> { return GROUNDWORK_TWIN(naive); }},
    {"loop_order", []() -> Step<T> { return plain::loop_order<T>; }},
    {"loop_order_vectorised", []() -> Step<T> { return GROUNDWORK_TWIN(loop_order); }},
    {"tiled", []() -> Step<T> { return plain::tiled<T>; }},
    {"tiled_vectorised", []() -> Step<T> { return GROUNDWORK_TWIN(tiled); }},
    {"simd", []() -> Step<T> { return active<T>().simd; }},
    {"registers", []() -> Step<T> { return active<T>().registers; }},
    {"packed", []() -> Step<T> { return packed<T>; }},
};

} // namespace

const char *name(Isa isa) {
    switch (isa) {
    case Isa::avx512:
        return "avx512";
    case Isa::avx2:
        return "avx2";
    case Isa::neon:
        return "neon";
    default:
        return "scalar";
    }
}

int available(Isa out[4]) {
    int count = 0;
    for (const Isa isa : all) {
        if (usable(isa)) {
            out[count++] = isa;
        }
    }
    return count;
}

Isa active_isa() {
    int isa = chosen.load(std::memory_order_relaxed);
    if (isa < 0) {
        const char *forced = std::getenv("GROUNDWORK_ISA");
        Isa found[4];
        available(found);
        isa = static_cast<int>(forced && *forced ? parse(forced) : found[0]);
        chosen.store(isa);
    }
    return static_cast<Isa>(isa);
}

void use_isa(const char *text) {
    chosen.store(static_cast<int>(parse(text)));
}

template <class T> const Kernels<T> &kernels_of(Isa isa) {
    switch (isa) {
#ifdef GROUNDWORK_HAS_AVX512
    case Isa::avx512:
        return isa_avx512::kernels<T>();
#endif
#ifdef GROUNDWORK_HAS_AVX2
    case Isa::avx2:
        return isa_avx2::kernels<T>();
#endif
#ifdef GROUNDWORK_HAS_NEON
    case Isa::neon:
        return isa_neon::kernels<T>();
#endif
    default:
        return isa_scalar::kernels<T>();
    }
}

template <class T> const Kernels<T> &active() {
    return kernels_of<T>(active_isa());
}

template <class T> Step<T> find_step(const char *text) {
    for (const Entry<T> &entry : ladder<T>) {
        if (std::strcmp(text, entry.name) == 0) {
            return entry.find();
        }
    }
    throw InvalidArgument("there is no variant '" + std::string(text) + "'");
}

const char *step_name(int index) {
    const int count = static_cast<int>(sizeof(ladder<float>) / sizeof(ladder<float>[0]));
    return index >= 0 && index < count ? ladder<float>[index].name : nullptr;
}

template const Kernels<float> &active<float>();
template const Kernels<double> &active<double>();
template const Kernels<float> &kernels_of<float>(Isa);
template const Kernels<double> &kernels_of<double>(Isa);
template Step<float> find_step<float>(const char *);
template Step<double> find_step<double>(const char *);

} // namespace groundwork::matmul
