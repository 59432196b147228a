// What an order costs: peak memory, the profile over steps, live intervals.
#pragma once

#include "dag.hpp"

namespace groundwork::scheduler {

// Throws InvalidArgument unless `order` holds every node once, inputs before consumers.
void check_order(const Dag &dag, std::span<const Node> order);

// Peak of a valid order; `during` and `after` (n each, may be null) get the profile.
Bytes peak_of(const Dag &dag, std::span<const Node> order, Bytes *during = nullptr,
              Bytes *after = nullptr);

// What every policy keeps while it builds an order: live bytes, and who would free what.
class Progress {
  public:
    explicit Progress(const Dag &dag);

    bool ready(Node v) const { return pending_[v] == 0; }
    Bytes freed(Node v) const { return freed_[v]; } // by running v now; v need not be ready
    Bytes net(Node v) const { return dag_.size[v] + dag_.held[v] - freed_[v]; }
    Bytes live() const { return live_; }

    // Runs v. `on_ready(c)` for each consumer that became ready, `on_last(c)` for each node
    // that just became the last consumer of one of v's inputs, so that freed(c) grew.
    template <class Ready, class Last> void run(Node v, Ready &&on_ready, Last &&on_last) {
        live_ += dag_.size[v] + dag_.held[v];
        for (const Node u : dag_.inputs(v)) {
            rest_xor_[u] ^= v;
            if (--rest_[u] == 0) {
                live_ -= dag_.size[u];
            } else if (rest_[u] == 1 && dag_.size[u] > 0) {
                freed_[rest_xor_[u]] += dag_.size[u];
                on_last(rest_xor_[u]);
            }
        }
        for (const Node c : dag_.consumers(v)) {
            if (--pending_[c] == 0) {
                on_ready(c);
            }
        }
    }

  private:
    const Dag &dag_;
    std::vector<Node> pending_;  // inputs that have not run
    std::vector<Node> rest_;     // consumers that have not run
    std::vector<Node> rest_xor_; // their exclusive or: the last one's number when one is left
    std::vector<Bytes> freed_;
    Bytes live_ = 0;
};

} // namespace groundwork::scheduler
