/* The C API of the reproduction room: sparse batches, and AdamW steps of y = ReLU(W W^T x + b).
 *
 * A batch holds its nonzero entries by sample: sample s has the features
 * `features[offsets[s] .. offsets[s + 1])`, each once, with `values`. W is row-major, one row of
 * `width` numbers a feature. All functions return 0, or a status as in groundwork/door.hpp with a
 * message in groundwork_last_error().
 */
#ifndef GROUNDWORK_SUPERPOSITION_H
#define GROUNDWORK_SUPERPOSITION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t features; /* n */
    int64_t width;    /* m, the hidden dimension */
    float *weights;   /* n x m */
    float *bias;      /* n */
    float *moments; /* 2 x (n x m + n): means of gradients, then of their squares; weights first */
} gwr_model;

typedef struct {
    int64_t batch;
    int64_t steps;        /* of the whole schedule */
    int64_t warmup_steps; /* of them with a rising rate */
    double learning_rate; /* the highest */
    double min_lr_ratio;  /* the last learning rate over the highest */
    double weight_decay;  /* gamma: shrinks rows if positive, pulls them to unit norm if negative */
    double beta1, beta2, epsilon;
} gwr_settings;

typedef struct {
    int64_t samples;
    const int32_t *offsets;  /* samples + 1, ascending from 0 */
    const int32_t *features; /* offsets[samples] */
    const float *values;
} gwr_batch;

/* Which random numbers: every (seed, stream, step) is a sequence of its own. */
typedef struct {
    uint64_t seed, stream, step;
} gwr_draw;

/* Draws a batch: feature i is on with chances[i], its value uniform on (0, 2). `offsets` has room
 * for samples + 1 numbers, `features` and `values` for `room`; `count` says how many there are, and
 * where `room` is too small, the call fails. */
int gwr_sample(int64_t features, const double *chances, int64_t samples, const gwr_draw *draw,
               int64_t room, int32_t *offsets, int32_t *feature, float *values, int64_t *count);

/* Mean over samples of the sum over features of (y - x)^2. */
int gwr_loss(const gwr_model *model, const gwr_batch *batch, double *loss);

/* The gradient of the mean over samples and features, d(weights) n x m and d(bias) n; and `loss` as
 * above. */
int gwr_gradient(const gwr_model *model, const gwr_batch *batch, float *weights, float *bias,
                 double *loss);

/* Step number `step` (from 0) of the schedule with this batch. */
int gwr_step(const gwr_model *model, const gwr_settings *settings, int64_t step,
             const gwr_batch *batch, double *loss);

/* Steps `first` up to `last` (excluded), each with its own batch of (seed, stream, step);
 * `losses` has room for last - first numbers. */
int gwr_train(const gwr_model *model, const gwr_settings *settings, const double *chances,
              uint64_t seed, uint64_t stream, int64_t first, int64_t last, double *losses);

const char *groundwork_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
