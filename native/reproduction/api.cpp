// The C API: checks arrays, runs steps on padded copies, returns a status.
#include "groundwork/door.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "kernel.hpp"
#include "sampler.hpp"

using namespace groundwork;
using namespace groundwork::reproduction;

GROUNDWORK_DEFINE_LAST_ERROR()

namespace {

const Kernels &best() {
#ifdef GROUNDWORK_HAS_AVX2
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return avx2::kernels;
    }
#endif
    return baseline::kernels;
}

void need(bool holds, const char *otherwise) {
    if (!holds) {
        throw InvalidArgument(otherwise);
    }
}

void check(const gwr_model *model) {
    need(model && model->weights && model->bias, "a model is missing");
    need(model->features > 0 && model->features < (Index{1} << 31),
         "a model has 1 feature or more");
    need(model->width > 0 && model->width <= 1 << 20, "a model has 1 hidden dimension or more");
}

void check(const gwr_batch *batch, Index features) {
    need(batch && batch->offsets && batch->samples > 0, "a batch has 1 sample or more");
    need(batch->offsets[0] == 0, "offsets begin at 0");
    std::vector<Index> seen(static_cast<std::size_t>(features), -1);
    for (Index s = 0; s < batch->samples; ++s) {
        need(batch->offsets[s + 1] >= batch->offsets[s], "offsets must not fall");
        for (Index k = batch->offsets[s]; k < batch->offsets[s + 1]; ++k) {
            const Index i = batch->features[k];
            need(i >= 0 && i < features, "a batch names a feature that the model lacks");
            need(seen[static_cast<std::size_t>(i)] != s, "a sample names a feature twice");
            need(std::isfinite(batch->values[k]), "a batch holds a number that is not finite");
            seen[static_cast<std::size_t>(i)] = s;
        }
    }
}

void check(const gwr_settings *settings, Index first, Index last) {
    need(settings != nullptr, "settings are missing");
    need(settings->batch > 0, "a batch has 1 sample or more");
    need(settings->warmup_steps >= 0 && settings->warmup_steps < settings->steps,
         "warm-up must end before the last step");
    need(0 <= first && first <= last && last <= settings->steps, "steps must lie in the schedule");
}

// Copies rows of `width` numbers to rows of `stride`, or back.
void copy_rows(const float *from, Index from_row, float *to, Index to_row, Index rows,
               Index count) {
    for (Index i = 0; i < rows; ++i) {
        std::copy_n(from + i * from_row, count, to + i * to_row);
    }
}

void load(const float *weights, const float *bias, const State &state, std::vector<float> &into) {
    copy_rows(weights, state.width, into.data(), state.stride, state.n, state.width);
    std::copy_n(bias, state.n, into.data() + state.bias());
}

void unload(const std::vector<float> &from, const State &state, float *weights, float *bias) {
    copy_rows(from.data(), state.stride, weights, state.width, state.n, state.width);
    std::copy_n(from.data() + state.bias(), state.n, bias);
}

// The learning rate of step t: a line up, then a cosine down to `floor` of the peak.
double rate(const gwr_settings &s, Index t) {
    if (t < s.warmup_steps) {
        return s.learning_rate * static_cast<double>(t + 1) / static_cast<double>(s.warmup_steps);
    }
    const double progress = s.steps - 1 > s.warmup_steps
                                ? static_cast<double>(t - s.warmup_steps) /
                                      static_cast<double>(s.steps - 1 - s.warmup_steps)
                                : 1.0;
    return s.learning_rate * (s.min_lr_ratio + (1 - s.min_lr_ratio) * 0.5 *
                                                   (1 + std::cos(std::numbers::pi * progress)));
}

Update update(const gwr_settings &s, Index t) {
    const double age = static_cast<double>(t + 1);
    const auto single = [](double x) { return static_cast<float>(x); };
    return {single(rate(s, t)),
            single(s.weight_decay),
            single(s.beta1),
            single(s.beta2),
            single(s.epsilon),
            single(1 - std::pow(s.beta1, age)),
            single(1 - std::pow(s.beta2, age))};
}

// The caller's model for the length of a call; `save` writes it back.
struct Borrowed {
    const gwr_model &model;
    State state;
    Scratch scratch;

    explicit Borrowed(const gwr_model &from) : model(from), state(from.features, from.width) {
        load(from.weights, from.bias, state, state.values);
        if (from.moments) {
            load(from.moments, from.moments + size(), state, state.mean);
            load(from.moments + size() + state.n, from.moments + 2 * size() + state.n, state,
                 state.square);
        }
    }
    Index size() const { return model.features * model.width; }
    void save() const {
        unload(state.values, state, model.weights, model.bias);
        unload(state.mean, state, model.moments, model.moments + size());
        unload(state.square, state, model.moments + size() + state.n,
               model.moments + 2 * size() + state.n);
    }
};

} // namespace

GROUNDWORK_DOOR int gwr_sample(std::int64_t features, const double *chances, std::int64_t samples,
                               const gwr_draw *draw, std::int64_t room, std::int32_t *offsets,
                               std::int32_t *feature, float *values, std::int64_t *count) {
    return guarded([&] {
        need(chances && draw && offsets && count && samples > 0, "an argument is missing");
        Sampler sampler({chances, static_cast<std::size_t>(features)}, samples);
        Batch batch;
        sampler.draw(*draw, batch);
        *count = static_cast<Index>(batch.values.size());
        need(*count <= room, "the batch has more entries than there is room for");
        std::copy(batch.offsets.begin(), batch.offsets.end(), offsets);
        std::copy(batch.features.begin(), batch.features.end(), feature);
        std::copy(batch.values.begin(), batch.values.end(), values);
    });
}

GROUNDWORK_DOOR int gwr_loss(const gwr_model *model, const gwr_batch *batch, double *loss) {
    return guarded([&] {
        check(model);
        check(batch, model->features);
        Borrowed own(*model);
        *loss = best().gradient(own.state, *batch, own.scratch, false);
    });
}

GROUNDWORK_DOOR int gwr_gradient(const gwr_model *model, const gwr_batch *batch, float *weights,
                                 float *bias, double *loss) {
    return guarded([&] {
        check(model);
        check(batch, model->features);
        Borrowed own(*model);
        *loss = best().gradient(own.state, *batch, own.scratch, true);
        unload(own.state.gradient, own.state, weights, bias);
    });
}

GROUNDWORK_DOOR int gwr_step(const gwr_model *model, const gwr_settings *settings,
                             std::int64_t step, const gwr_batch *batch, double *loss) {
    return guarded([&] {
        check(model);
        check(batch, model->features);
        check(settings, step, step + 1);
        need(model->moments, "a model to train has moments");
        Borrowed own(*model);
        *loss = best().gradient(own.state, *batch, own.scratch, true);
        best().apply(own.state, update(*settings, step));
        own.save();
    });
}

GROUNDWORK_DOOR int gwr_train(const gwr_model *model, const gwr_settings *settings,
                              const double *chances, std::uint64_t seed, std::uint64_t stream,
                              std::int64_t first, std::int64_t last, double *losses) {
    return guarded([&] {
        check(model);
        check(settings, first, last);
        need(model->moments && chances, "a model to train has moments, and data has chances");
        Borrowed own(*model);
        Sampler sampler({chances, static_cast<std::size_t>(model->features)}, settings->batch);
        Batch batch;
        for (Index t = first; t < last; ++t) {
            sampler.draw({seed, stream, static_cast<std::uint64_t>(t)}, batch);
            losses[t - first] = best().gradient(own.state, batch.view(), own.scratch, true);
            best().apply(own.state, update(*settings, t));
        }
        for (const float x : own.state.values) {
            if (!std::isfinite(x)) {
                throw std::runtime_error("the weights are no longer finite");
            }
        }
        own.save();
    });
}
