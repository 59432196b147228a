/* The C door of the scheduler: a graph as arrays in, an order and its peak out.
 *
 * Node v's inputs are `inputs[offsets[v] .. offsets[v + 1])`. While v runs, memory holds every live
 * value, v's own output (`sizes[v]` and `helds[v]`) and its workspace. When it has run, the
 * workspace goes, and so does each input value whose last consumer v was. Values without a
 * consumer, values marked in `keeps`, and `helds` bytes never go. A negative workspace
 * (at least -sizes[v]) is memory of a dying input that the output takes over in place.
 *
 * All functions return 0, or a status as in groundwork/door.hpp with a message in
 * groundwork_last_error(). Bytes everywhere; `peak` counts the transient of the running node.
 */
#ifndef GROUNDWORK_SCHEDULER_H
#define GROUNDWORK_SCHEDULER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t nodes;
    const int64_t *offsets;    /* nodes + 1, ascending from 0 */
    const int32_t *inputs;     /* offsets[nodes] node numbers; repeats count once */
    const int64_t *sizes;      /* nodes, >= 0 */
    const int64_t *helds;      /* nodes, >= 0 */
    const int64_t *workspaces; /* nodes, >= -sizes[v] */
    const uint8_t *keeps;      /* nodes, 0 or 1 */
} gws_graph;

enum gws_policy {
    GWS_KAHN = 0,
    GWS_RANDOM = 1,
    GWS_DFS = 2,
    GWS_GREEDY_FREE = 3,
    GWS_GREEDY_GROW = 4,
    GWS_LPMF = 5,
    GWS_SERENITY = 6,
    GWS_BEST = 7,
    GWS_EXACT = 8
};

enum gws_ties { GWS_OLDEST = 0, GWS_NEWEST = 1, GWS_SMALLEST = 2, GWS_ANY = 3 };

typedef struct {
    int32_t policy;
    int32_t ties;      /* greedy rules only */
    uint64_t seed;     /* random order, random ties */
    double time_limit; /* seconds for the searches; 0 or less: none */
    int64_t states;    /* most states that a search may remember */
    int64_t effort;    /* most node evaluations of the beam search */
    int64_t flow_work; /* most arcs that the minimum-cut bound may touch */
} gws_options;

typedef struct {
    int64_t peak;
    int64_t lower_bound; /* proven; equal to peak when optimal */
    int64_t states;      /* states that the searches visited */
    int32_t optimal;     /* 1 only with a proof */
} gws_result;

int gws_schedule(const gws_graph *graph, const gws_options *options, int32_t *order,
                 gws_result *result);

/* Kahn's order (first ready, first run) from offsets and inputs alone; the other arrays may be
 * null. */
int gws_topological(const gws_graph *graph, int32_t *order);

/* Peak of `order`; `during[t]` (may be null): bytes while step t runs; `after[t]`: behind it. */
int gws_peak(const gws_graph *graph, const int32_t *order, int64_t *peak, int64_t *during,
             int64_t *after);

/* Value of node v lives in steps [births[v], deaths[v]) of `order`. */
int gws_intervals(const gws_graph *graph, const int32_t *order, int64_t *births, int64_t *deaths);

/* The minimum-cut lower bound; `order` guides it and must be valid. */
int gws_bound(const gws_graph *graph, const int32_t *order, int64_t flow_work, int64_t *bound);

/* Nodes of one cycle into `cycle` (room for graph->nodes), each an input of the next; 0 if none. */
int gws_cycle(const gws_graph *graph, int32_t *cycle, int64_t *length);

const char *groundwork_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
