// One step of y = ReLU(W W^T x + b) at the cost of the features that occur, not of every zero.
//
// Most of x is zero, so W W^T x is a short sum of columns of the overlap matrix W W^T. With A the
// features that occur in the batch (D of them), the step needs only
//
//     G = W_A W^T                        D x n     overlaps of the features that occur
//     z_s = sum_k x_sk G_k + b           1 x n     pre-activations of sample s
//     d_s = (z_s - x_s) where z_s > 0    1 x n     half the derivative of the loss by z_s
//     S = X^T d                          D x n     summed over samples
//     dW = S^T W_A, and rows A add S W             since h = W^T x and dh = d W
//
// three products of 2 D n m operations, where the dense step has five of 2 B n m. Columns go in
// panels small enough that G and S of a panel stay in the cache. A feature whose bias is below
// minus the largest W_i . h that any sample can reach is off in all of them, and has no column.
// Samples without any feature give z = b, all alike.
#include "kernel.hpp"

#include <algorithm>
#include <cmath>
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace groundwork::reproduction::GROUNDWORK_LEVEL {

namespace {

typedef float Vector __attribute__((vector_size(32), aligned(4), may_alias));

constexpr Index vectors = 6, panel_width = vectors * lanes;

inline Vector load(const float *from) {
    return *reinterpret_cast<const Vector *>(from);
}
inline void store(float *to, Vector x) {
    *reinterpret_cast<Vector *>(to) = x;
}
inline bool any(Vector x) { // whether a number in it is not 0
#ifdef __AVX2__
    return !_mm256_testz_si256(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(x));
#else
    typedef std::uint64_t Words __attribute__((vector_size(32)));
    const Words words = reinterpret_cast<Words>(x);
    return (words[0] | words[1] | words[2] | words[3]) != 0;
#endif
}
inline Vector positive(Vector x) {
    return x > 0.0f ? x : Vector{};
}
inline double sum(Vector x) {
    double total = 0;
    for (int lane = 0; lane < lanes; ++lane) {
        total += static_cast<double>(x[lane]);
    }
    return total;
}

// A matrix as its elements lie: element (i, k) at data[i * row + k * column].
struct Matrix {
    const float *data;
    Index row, column;
};

// C[0:R][0:8 V] = or += A[0:R][0:depth] B[0:depth][0:8 V], with the sums in registers.
template <int R, int V>
void tile(Index depth, Matrix a, const float *b, Index b_row, float *c, Index c_row, bool add) {
    Vector sums[R][V] = {};
    for (Index k = 0; k < depth; ++k) {
        Vector right[V];
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            right[v] = load(b + k * b_row + v * lanes);
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
            const float left = a.data[r * a.row + k * a.column];
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v) {
                sums[r][v] += left * right[v];
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) {
            float *to = c + r * c_row + v * lanes;
            store(to, add ? load(to) + sums[r][v] : sums[r][v]);
        }
    }
}

template <int V>
void strip(Index rows, Index depth, Matrix a, const float *b, Index b_row, float *c, Index c_row,
           bool add) {
    constexpr int R = 6; // 6 x 2 sums, 2 vectors of B and a number of A take 15 of 16 registers
    Index i = 0;
    for (; i + R <= rows; i += R) {
        tile<R, V>(depth, {a.data + i * a.row, a.row, a.column}, b, b_row, c + i * c_row, c_row,
                   add);
    }
    for (; i < rows; ++i) {
        tile<1, V>(depth, {a.data + i * a.row, a.row, a.column}, b, b_row, c + i * c_row, c_row,
                   add);
    }
}

// C = or += A B for any number of rows, and columns in whole vectors.
__attribute__((noinline)) void multiply(Index rows, Index columns, Index depth, Matrix a,
                                        const float *b, Index b_row, float *c, Index c_row,
                                        bool add) {
    Index j = 0;
    for (; j + 2 * lanes <= columns; j += 2 * lanes) {
        strip<2>(rows, depth, a, b + j, b_row, c + j, c_row, add);
    }
    if (j < columns) {
        strip<1>(rows, depth, a, b + j, b_row, c + j, c_row, add);
    }
}

// The features of the batch (active, and place[i] among them or -1), and W's rows of them.
void gather_active(const State &state, const gwr_batch &batch, Scratch &s) {
    s.place.assign(static_cast<std::size_t>(state.n), -1);
    s.active.clear();
    for (Index k = 0; k < batch.offsets[batch.samples]; ++k) {
        Index &place = s.place[static_cast<std::size_t>(batch.features[k])];
        if (place < 0) {
            place = static_cast<Index>(s.active.size());
            s.active.push_back(batch.features[k]);
        }
    }
    const std::size_t size = s.active.size() * static_cast<std::size_t>(state.stride);
    s.encoder.resize(size);
    s.encoder_gradient.assign(size, 0.0f);
    float *to = s.encoder.data();
    for (const Index feature : s.active) {
        to = std::copy_n(state.values.data() + feature * state.stride, state.stride, to);
    }
}

// The features that may be on: b_i + |W_i| max |h| > 0 (Cauchy and Schwarz), with room for
// rounding. column[i] is a feature's number among them, or -1.
void gather_live(const State &state, const gwr_batch &batch, Scratch &s) {
    s.norms.resize(static_cast<std::size_t>(state.n));
    for (Index i = 0; i < state.n; ++i) {
        Vector squares = {};
        for (Index j = 0; j < state.stride; j += lanes) {
            const Vector x = load(state.values.data() + i * state.stride + j);
            squares += x * x;
        }
        s.norms[static_cast<std::size_t>(i)] = static_cast<float>(std::sqrt(sum(squares)));
    }
    float reach = 0;
    for (Index sample = 0; sample < batch.samples; ++sample) {
        float norm = 0;
        for (Index k = batch.offsets[sample]; k < batch.offsets[sample + 1]; ++k) {
            norm +=
                std::abs(batch.values[k]) * s.norms[static_cast<std::size_t>(batch.features[k])];
        }
        reach = std::max(reach, norm);
    }
    s.live.clear();
    s.column.assign(static_cast<std::size_t>(state.n), -1);
    const float *bias = state.values.data() + state.bias();
    for (Index i = 0; i < state.n; ++i) {
        if (bias[i] + 1.0001f * s.norms[static_cast<std::size_t>(i)] * reach > 0) {
            s.column[static_cast<std::size_t>(i)] = static_cast<Index>(s.live.size());
            s.live.push_back(i);
        }
    }
}

// One panel of columns, all samples: returns its part of the loss, summed over samples, and leaves
// d summed over samples in `bias` and S in `s.pulls`. `base` holds the panel's biases, minus
// infinity past the last feature.
template <bool wanted>
double sweep(const gwr_batch &batch, Scratch &s, Index first, const float *base, float *bias) {
    double loss = 0;
    Index empty = 0;
    Vector squares = {};
    for (Index sample = 0; sample < batch.samples; ++sample) {
        const Index begin = batch.offsets[sample], end = batch.offsets[sample + 1];
        if (begin == end) {
            ++empty;
            continue;
        }
        Vector d[vectors];
        for (int v = 0; v < vectors; ++v) {
            d[v] = load(base + v * lanes);
        }
        bool own = false; // whether the panel has a feature of this sample
        for (Index k = begin; k < end; ++k) {
            const auto feature = static_cast<std::size_t>(batch.features[k]);
            const float *row = s.overlaps.data() + s.place[feature] * panel_width;
            own |= static_cast<std::size_t>(s.column[feature] - first) < panel_width;
            for (int v = 0; v < vectors; ++v) {
                d[v] += batch.values[k] * load(row + v * lanes);
            }
        }
        for (int v = 0; v < vectors; ++v) {
            d[v] = positive(d[v]);
        }
        if (own) {
            float y[panel_width];
            for (int v = 0; v < vectors; ++v) {
                store(y + v * lanes, d[v]);
            }
            for (Index k = begin; k < end; ++k) {
                const float x = batch.values[k];
                const auto column = static_cast<std::size_t>(
                    s.column[static_cast<std::size_t>(batch.features[k])] - first);
                if (column < panel_width && y[column] > 0) {
                    y[column] -= x;
                } else if (column < panel_width) {
                    loss += static_cast<double>(x) * static_cast<double>(x);
                }
            }
            for (int v = 0; v < vectors; ++v) {
                d[v] = load(y + v * lanes);
            }
        }
        for (int v = 0; v < vectors; ++v) {
            if (!any(d[v])) {
                continue; // most are: few features answer to a sample once biases have fallen
            }
            squares += d[v] * d[v];
            if constexpr (wanted) {
                store(bias + v * lanes, load(bias + v * lanes) + d[v]);
                for (Index k = begin; k < end; ++k) {
                    const auto feature = static_cast<std::size_t>(batch.features[k]);
                    float *to = s.pulls.data() + s.place[feature] * panel_width + v * lanes;
                    store(to, load(to) + batch.values[k] * d[v]);
                }
            }
        }
        if (sample % 64 == 63) { // in float only over a few samples
            loss += sum(squares);
            squares = Vector{};
        }
    }
    loss += sum(squares);
    for (Index c = 0; c < panel_width && empty > 0; ++c) {
        const float y = std::max(base[c], 0.0f);
        loss += static_cast<double>(empty) * static_cast<double>(y) * static_cast<double>(y);
        bias[c] += static_cast<float>(empty) * y;
    }
    return loss;
}

// Lists S's entries in `s.entries` and says true, or false where a quarter of them is not 0.
bool list_entries(Scratch &s, Index active) {
    const std::size_t most = static_cast<std::size_t>(active * panel_width) / 4;
    s.entries.clear();
    for (Index d = 0; d < active; ++d) {
        for (Index c = 0; c < panel_width; c += lanes) {
            const float *from = s.pulls.data() + d * panel_width + c;
            if (!any(load(from))) {
                continue;
            }
            for (Index lane = 0; lane < lanes; ++lane) {
                if (from[lane] != 0) {
                    s.entries.push_back({d, c + lane, from[lane]});
                }
            }
            if (s.entries.size() > most) {
                return false;
            }
        }
    }
    return true;
}

// rows = S^T W_A, and encoder_gradient += S W of the panel, entry by entry where S is sparse.
void back(Scratch &s, Index active, Index stride) {
    if (!list_entries(s, active)) {
        multiply(panel_width, stride, active, {s.pulls.data(), 1, panel_width}, s.encoder.data(),
                 stride, s.rows.data(), stride, false);
        multiply(active, stride, panel_width, {s.pulls.data(), panel_width, 1}, s.panel.data(),
                 stride, s.encoder_gradient.data(), stride, true);
        return;
    }
    std::fill(s.rows.begin(), s.rows.end(), 0.0f);
    for (const Entry &entry : s.entries) {
        const float *left = s.encoder.data() + entry.active * stride;
        const float *right = s.panel.data() + entry.column * stride;
        float *to_left = s.encoder_gradient.data() + entry.active * stride;
        float *to_right = s.rows.data() + entry.column * stride;
        for (Index j = 0; j < stride; j += lanes) {
            store(to_right + j, load(to_right + j) + entry.value * load(left + j));
            store(to_left + j, load(to_left + j) + entry.value * load(right + j));
        }
    }
}

// The samples' features that are off everywhere: y = 0 there, and the loss is x^2.
double missed(const gwr_batch &batch, const Scratch &s) {
    double loss = 0;
    for (Index k = 0; k < batch.offsets[batch.samples]; ++k) {
        if (s.column[static_cast<std::size_t>(batch.features[k])] < 0) {
            loss += static_cast<double>(batch.values[k]) * static_cast<double>(batch.values[k]);
        }
    }
    return loss;
}

// W's rows of the panel's features, and the same transposed; zeros past the last feature.
void gather_panel(const State &state, Scratch &s, Index first, Index columns) {
    s.panel.assign(static_cast<std::size_t>(panel_width * state.stride), 0.0f);
    s.transposed.assign(s.panel.size(), 0.0f);
    for (Index c = 0; c < columns; ++c) {
        const Index feature = s.live[static_cast<std::size_t>(first + c)];
        const float *row = state.values.data() + feature * state.stride;
        std::copy_n(row, state.stride, s.panel.data() + c * state.stride);
        for (Index j = 0; j < state.width; ++j) {
            s.transposed[static_cast<std::size_t>(j * panel_width + c)] = row[j];
        }
    }
}

double gradient(State &state, const gwr_batch &batch, Scratch &s, bool wanted) {
    gather_active(state, batch, s);
    gather_live(state, batch, s);
    const Index stride = state.stride, active = static_cast<Index>(s.active.size());
    const float scale = 2 / (static_cast<float>(batch.samples) * static_cast<float>(state.n));
    std::vector<float> &out = state.gradient;
    if (wanted) {
        std::fill(out.begin(), out.end(), 0.0f);
    }
    s.overlaps.resize(static_cast<std::size_t>(active * panel_width));
    s.rows.resize(static_cast<std::size_t>(panel_width * stride));
    double loss = missed(batch, s);
    for (Index first = 0; first < static_cast<Index>(s.live.size()); first += panel_width) {
        const Index columns = std::min(panel_width, static_cast<Index>(s.live.size()) - first);
        const Index *features = s.live.data() + first;
        gather_panel(state, s, first, columns);
        multiply(active, panel_width, state.width, {s.encoder.data(), stride, 1},
                 s.transposed.data(), panel_width, s.overlaps.data(), panel_width, false);
        float base[panel_width], bias[panel_width] = {};
        std::fill_n(base, panel_width, -INFINITY);
        for (Index c = 0; c < columns; ++c) {
            base[c] = state.values[static_cast<std::size_t>(state.bias() + features[c])];
        }
        if (!wanted) {
            loss += sweep<false>(batch, s, first, base, bias);
            continue;
        }
        s.pulls.assign(s.overlaps.size(), 0.0f);
        loss += sweep<true>(batch, s, first, base, bias);
        back(s, active, stride);
        for (Index c = 0; c < columns; ++c) {
            for (Index j = 0; j < stride; ++j) {
                out[static_cast<std::size_t>(features[c] * stride + j)] =
                    scale * s.rows[static_cast<std::size_t>(c * stride + j)];
            }
            out[static_cast<std::size_t>(state.bias() + features[c])] = scale * bias[c];
        }
    }
    for (Index d = 0; wanted && d < active; ++d) {
        float *to = out.data() + s.active[static_cast<std::size_t>(d)] * stride;
        const float *from = s.encoder_gradient.data() + d * stride;
        for (Index j = 0; j < stride; ++j) {
            to[j] += scale * from[j];
        }
    }
    return loss / static_cast<double>(batch.samples);
}

// Decay first, then Adam with corrected moments, as torch.optim.AdamW orders them. The decay does
// not touch the biases.
void apply(State &state, const Update &u) {
    for (Index i = 0; i < state.n; ++i) {
        float *row = state.values.data() + i * state.stride;
        float factor = 1 - u.rate * u.decay;
        if (u.decay < 0) {
            Vector squares = {};
            for (Index j = 0; j < state.stride; j += lanes) {
                squares += load(row + j) * load(row + j);
            }
            const float norm = static_cast<float>(std::sqrt(sum(squares))) + 1e-8f;
            factor = 1 - u.rate * u.decay * (1 / norm - 1);
        }
        for (Index j = 0; j < state.stride; ++j) {
            row[j] *= factor;
        }
    }
    const Index size = static_cast<Index>(state.size());
    float *__restrict value = state.values.data(), *__restrict mean = state.mean.data();
    float *__restrict square = state.square.data();
    const float *__restrict gradient = state.gradient.data();
    const float step = u.rate / u.correction1, root = 1 / std::sqrt(u.correction2);
    for (Index i = 0; i < size; ++i) {
        mean[i] = u.beta1 * mean[i] + (1 - u.beta1) * gradient[i];
        square[i] = u.beta2 * square[i] + (1 - u.beta2) * gradient[i] * gradient[i];
        value[i] -= step * mean[i] / (std::sqrt(square[i]) * root + u.epsilon);
    }
}

} // namespace

extern const Kernels kernels = {gradient, apply};

} // namespace groundwork::reproduction::GROUNDWORK_LEVEL
