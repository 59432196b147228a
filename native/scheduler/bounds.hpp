// Lower bounds on the peak of every order of a graph.
#pragma once

#include "dag.hpp"

namespace groundwork::scheduler {

// max over v of v's inputs + what v takes, and what is live at the end: O(V + E).
Bytes simple_bound(const Dag &dag);

// max over v of the least memory that any set of finished nodes leaves when v starts, a minimum
// cut, plus what v takes. Stops early when `work` arcs were touched: still a bound, but weaker.
Bytes cut_bound(const Dag &dag, const Order &guide, std::int64_t work);

// The bound of one node alone; -1 when `work` (counted down) did not suffice.
Bytes cut_at(const Dag &dag, Node v, std::int64_t &work);

} // namespace groundwork::scheduler
