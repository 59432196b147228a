// The policies that combine: `best`, `exact`, and SERENITY over a whole graph.
#pragma once

#include "dag.hpp"
#include "search.hpp"

namespace groundwork::scheduler {

struct Outcome {
    Order order;
    Bytes peak = 0;
    Bytes bound = 0;
    bool optimal = false;
};

Outcome best_schedule(const Dag &dag, const gws_options &options, Limits &limits);
Outcome exact_schedule(const Dag &dag, const gws_options &options, Limits &limits);
Outcome serenity_schedule(const Dag &dag, Limits &limits);

} // namespace groundwork::scheduler
