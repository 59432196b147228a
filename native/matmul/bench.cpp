// Speed of every step, without Python:
//
//     matmul_bench [--threads T] [--repeats R] [--steps a,b,…] [--sizes 64,512,…]
//
// The steps take turns within each repeat; the median is shown, in GFLOPS and as a part of the
// multiply-add ceiling measured in the same turn.
#include "aligned.hpp"
#include "dispatch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace gm = groundwork::matmul;

namespace {

std::vector<std::string> split(const std::string &text) {
    std::vector<std::string> words;
    std::stringstream stream(text);
    for (std::string word; std::getline(stream, word, ',');) {
        words.push_back(word);
    }
    return words;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double seconds_of(gm::Step<float> step, const gm::Product<float> &p, const gm::Plan &plan) {
    const auto start = std::chrono::steady_clock::now();
    step(p, plan);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Options {
    int repeats = 7;
    gm::Plan plan;
    std::vector<std::string> steps, sizes = {"64", "256", "512", "1023", "1024"};
};

Options parse(int count, char **words) {
    Options options;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = words[i], value = words[i + 1];
        if (name == "--threads") {
            options.plan.threads = std::atoi(value.c_str());
        } else if (name == "--repeats") {
            options.repeats = std::max(1, std::atoi(value.c_str()));
        } else if (name == "--steps") {
            options.steps = split(value);
        } else if (name == "--sizes") {
            options.sizes = split(value);
        } else {
            throw std::runtime_error("unknown option " + name);
        }
    }
    if (options.steps.empty()) {
        for (int i = 0; gm::step_name(i); ++i) {
            options.steps.emplace_back(gm::step_name(i));
        }
    }
    return options;
}

void measure(const Options &options, gm::Index n) {
    const auto count = static_cast<std::size_t>(n * n);
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    gm::AlignedVector<float> a(count), b(count), c(count);
    std::generate(a.begin(), a.end(), [&] { return uniform(random); });
    std::generate(b.begin(), b.end(), [&] { return uniform(random); });
    const gm::Product<float> p{n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n};
    std::vector<std::vector<double>> samples(options.steps.size());
    std::vector<double> peaks;
    const auto &kernels = gm::active<float>();
    for (int repeat = -1; repeat < options.repeats; ++repeat) { // the first one warms up
        constexpr gm::Index rounds = 200000;
        peaks.push_back(static_cast<double>(rounds) * kernels.peak_flops / kernels.peak(rounds));
        for (std::size_t s = 0; s < options.steps.size(); ++s) {
            const double taken =
                seconds_of(gm::find_step<float>(options.steps[s].c_str()), p, options.plan);
            if (repeat >= 0) {
                samples[s].push_back(taken);
            }
        }
    }
    const double ceiling = median(peaks) * options.plan.threads;
    for (std::size_t s = 0; s < options.steps.size(); ++s) {
        const double flops = 2.0 * static_cast<double>(n * n * n) / median(samples[s]);
        std::printf("%6td  %-22s %8.2f GFLOPS  %5.1f %% of the ceiling\n", n,
                    options.steps[s].c_str(), flops / 1e9, 100 * flops / ceiling);
    }
}

} // namespace

int main(int count, char **words) {
    try {
        const Options options = parse(count, words);
        std::printf("%s, %d thread(s), float32, medians of %d\n", gm::name(gm::active_isa()),
                    options.plan.threads, options.repeats);
        for (const std::string &size : options.sizes) {
            measure(options, std::atoi(size.c_str()));
        }
    } catch (const std::exception &problem) {
        std::fprintf(stderr, "matmul_bench: %s\n", problem.what());
        return 1;
    }
    return 0;
}
