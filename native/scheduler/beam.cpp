// Beam search under a memory budget: among the sets of finished nodes of one size, keep those
// that hold least. Moves that leave no more live than before are made at once, as in search.cpp.
#include <algorithm>
#include <memory>

#include "orders.hpp"
#include "search.hpp"

namespace groundwork::scheduler {

namespace {

// Steps done so far, shared between states as a tree of links.
struct Step {
    Node v;
    std::int32_t before;
};

struct State {
    std::vector<Node> pending, rest, ready;
    Bytes live = 0;
    std::uint64_t hash = 0;
    std::int32_t last = -1; // in the log of steps
    Node done = 0;
};

struct Candidate {
    Bytes live;
    std::uint64_t hash;
    std::shared_ptr<const State> parent;
    std::size_t choice; // index into parent->ready
    bool operator<(const Candidate &other) const {
        return live != other.live ? live < other.live : hash < other.hash;
    }
};

class Beam {
  public:
    Beam(const Segment &part, Bytes budget, std::size_t width, std::int64_t &tried)
        : part_(part), budget_(budget), width_(width), tried_(tried), buckets_(part.n + 1) {
        Random random(1);
        for (Node v = 0; v < part.n; ++v) {
            marks_.push_back(random.next());
        }
    }

    bool run(Order &found) {
        auto start = std::make_shared<State>();
        start->pending = part_.pending;
        for (const Segment::Value &value : part_.values) {
            start->rest.push_back(value.uses);
        }
        start->live = part_.base;
        for (Node v = 0; v < part_.n; ++v) {
            if (part_.pending[v] == 0) {
                start->ready.push_back(v);
            }
        }
        settle(*start);
        offer(start);
        for (Node k = 1; k <= part_.n && final_ < 0; ++k) {
            advance(buckets_[k]);
            buckets_[k].clear();
            buckets_[k].shrink_to_fit();
        }
        if (final_ < 0) {
            return false;
        }
        found.clear();
        for (std::int32_t at = final_; at >= 0; at = log_[at].before) {
            found.push_back(log_[at].v);
        }
        std::reverse(found.begin(), found.end());
        return true;
    }

  private:
    Bytes net(const State &state, Node v) const {
        Bytes change = part_.gain[v];
        for (const Node u : part_.reads[v]) {
            change -= state.rest[u] == 1 ? part_.values[u].size : 0;
        }
        return change;
    }

    void perform(State &state, std::size_t choice) {
        const Node v = state.ready[choice];
        state.ready[choice] = state.ready.back();
        state.ready.pop_back();
        state.live += part_.gain[v];
        for (const Node u : part_.reads[v]) {
            state.live -= --state.rest[u] == 0 ? part_.values[u].size : 0;
        }
        for (const Node c : part_.consumers[v]) {
            if (--state.pending[c] == 0) {
                state.ready.push_back(c);
            }
        }
        state.hash ^= marks_[v];
        log_.push_back({v, state.last});
        state.last = static_cast<std::int32_t>(log_.size()) - 1;
        ++state.done;
    }

    void settle(State &state) {
        for (std::size_t at = 0; at < state.ready.size();) {
            const Node v = state.ready[at];
            ++tried_;
            if (state.live + part_.need[v] <= budget_ && net(state, v) <= 0) {
                perform(state, at);
                at = 0;
            } else {
                ++at;
            }
        }
    }

    void offer(const std::shared_ptr<const State> &state) {
        if (state->done == part_.n) {
            final_ = state->last;
            return;
        }
        for (std::size_t at = 0; at < state->ready.size(); ++at) {
            const Node v = state->ready[at];
            ++tried_;
            if (state->live + part_.need[v] <= budget_) {
                buckets_[state->done + 1].push_back(
                    {state->live + net(*state, v), state->hash ^ marks_[v], state, at});
            }
        }
    }

    void advance(std::vector<Candidate> &bucket) {
        std::sort(bucket.begin(), bucket.end());
        std::size_t taken = 0;
        for (std::size_t at = 0; at < bucket.size() && taken < width_ && final_ < 0; ++at) {
            if (at > 0 && bucket[at].hash == bucket[at - 1].hash) {
                continue;
            }
            auto state = std::make_shared<State>(*bucket[at].parent);
            perform(*state, bucket[at].choice);
            settle(*state);
            offer(state);
            ++taken;
        }
    }

    const Segment &part_;
    const Bytes budget_;
    const std::size_t width_;
    std::int64_t &tried_;
    std::vector<std::vector<Candidate>> buckets_; // by the number of finished nodes
    std::vector<std::uint64_t> marks_;
    std::vector<Step> log_;
    std::int32_t final_ = -1;
};

} // namespace

bool beam(const Segment &segment, Bytes budget, std::size_t width, std::int64_t &tried,
          Order &found) {
    if (segment.base > budget) {
        return false;
    }
    return Beam(segment, budget, width, tried).run(found);
}

} // namespace groundwork::scheduler
