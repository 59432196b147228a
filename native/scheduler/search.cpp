// Depth-first search over sets of finished nodes, forward from the first node and backward from
// the last one, in turn. A set that failed within a budget fails within every smaller one, so
// failed sets are remembered. What can run without leaving more memory live is run at once: live
// memory is submodular, so doing that early never hurts (Theorem "safe moves"; backward likewise).
#include "search.hpp"

#include <algorithm>

#include "bits.hpp"

namespace groundwork::scheduler {

namespace {

// One direction. Backward, a step takes the last node away again, and "ready" means that no
// consumer is left; the same theorem holds because complements of closed sets are closed too.
template <int W, bool Back> class Search {
  public:
    Search(const Segment &part, Limits &limits)
        : part_(part), limits_(limits), next_(part.consumers), pending_(part.pending),
          live_(part.base) {
        for (const Segment::Value &value : part.values) {
            rest_.push_back(value.uses);
        }
        if (Back) {
            turn_around();
        }
        for (Node v = 0; v < part.n; ++v) {
            if (pending_[v] == 0) {
                ready_.set(v);
            }
        }
    }

    // Begins anew under a budget, which must be lower each time: failed sets stay known.
    void start(Bytes budget) {
        frames_.clear();
        choices_.clear();
        undo_to(mark_ = 0);
        budget_ = budget;
        blocked_ = {};
        Search<W, !Back> other(part_, limits_);
        far_end_ = other.closure(budget);
        for (const Node v : far_end_) {
            blocked_.set(v);
        }
        enter();
    }

    // Searches on until an order is found, none is left, or `quota` states were visited.
    Verdict advance(std::int64_t quota, Order &order) {
        for (; !frames_.empty(); --quota) {
            if (trail_.size() + far_end_.size() == static_cast<std::size_t>(part_.n)) {
                order = trail_;
                order.insert(order.end(), far_end_.rbegin(), far_end_.rend());
                if (Back) {
                    std::reverse(order.begin(), order.end());
                }
                return Verdict::found;
            }
            ++limits_.visited;
            if (quota <= 0 || full() || (quota % 1024 == 0 && limits_.timed_out())) {
                return Verdict::stopped;
            }
            Frame &frame = frames_.back();
            if (frame.next == choices_.size()) {
                leave();
                continue;
            }
            const Node v = choices_[frame.next++].second;
            mark_ = trail_.size();
            perform(v);
            if (failed_.contains(done_)) {
                undo_to(mark_);
            } else {
                enter();
            }
        }
        return Verdict::impossible;
    }

    // The steps that are safe from the start, and from there on.
    Order closure(Bytes budget) {
        budget_ = budget;
        safe_moves();
        return trail_;
    }

    bool full() const { return failed_.size() >= static_cast<std::size_t>(limits_.states); }

  private:
    struct Frame {
        std::size_t trail;       // length before the move that led here
        std::size_t first, next; // this state's choices
        Bits<W> arrived;         // the state before its safe moves
    };

    void turn_around() {
        for (Node v = 0; v < part_.n; ++v) {
            live_ += part_.gain[v];
            for (const Node u : part_.reads[v]) {
                live_ -= --rest_[u] == 0 ? part_.values[u].size : 0;
            }
            next_[v].clear();
        }
        for (Node v = 0; v < part_.n; ++v) {
            pending_[v] = static_cast<Node>(part_.consumers[v].size());
            for (const Node c : part_.consumers[v]) {
                next_[c].push_back(v);
            }
        }
    }

    Bytes net(Node v) const {
        Bytes change = part_.gain[v];
        for (const Node u : part_.reads[v]) {
            change -= rest_[u] == (Back ? 0 : 1) ? part_.values[u].size : 0;
        }
        return Back ? -change : change;
    }

    bool fits(Node v) const { return (Back ? live_ + net(v) : live_) + part_.need[v] <= budget_; }

    void move(Node v, bool run) {
        live_ += run ? part_.gain[v] : -part_.gain[v];
        for (const Node u : part_.reads[v]) {
            const bool dead = run ? --rest_[u] == 0 : rest_[u]++ == 0;
            live_ += dead ? (run ? -part_.values[u].size : part_.values[u].size) : 0;
        }
    }

    void perform(Node v) {
        move(v, !Back);
        for (const Node c : next_[v]) {
            if (--pending_[c] == 0) {
                ready_.set(c);
            }
        }
        ready_.reset(v);
        done_.set(v);
        trail_.push_back(v);
    }

    void undo_to(std::size_t length) {
        while (trail_.size() > length) {
            const Node v = trail_.back();
            trail_.pop_back();
            done_.reset(v);
            ready_.set(v);
            for (const Node c : next_[v]) {
                if (pending_[c]++ == 0) {
                    ready_.reset(c);
                }
            }
            move(v, Back);
        }
    }

    // Runs v, then one by one the cheapest node that just became ready, until no more is live
    // than before; takes it all back if that does not happen. A chain's closed subsets are its
    // prefixes, all of which hold more than its end, as the theorem wants.
    bool safe_chain(Node v) {
        const Bytes before = live_;
        const std::size_t start = trail_.size();
        while (v >= 0 && fits(v)) {
            perform(v);
            if (live_ <= before) {
                return true;
            }
            Node next = -1;
            Bytes least = 0;
            for (const Node c : next_[v]) {
                if (pending_[c] == 0 && !blocked_.has(c) && (next < 0 || net(c) < least)) {
                    next = c;
                    least = net(c);
                }
            }
            v = next;
        }
        undo_to(start);
        return false;
    }

    void safe_moves() {
        for (bool moved = true; moved;) {
            moved = false;
            const Bits<W> candidates = ready_;
            candidates.each([&](Node v) {
                if (!done_.has(v) && !blocked_.has(v)) {
                    moved |= safe_chain(v);
                }
            });
        }
    }

    void enter() {
        Frame frame{mark_, choices_.size(), choices_.size(), done_};
        safe_moves();
        if (!failed_.contains(done_)) {
            ready_.each([&](Node v) {
                if (!blocked_.has(v) && fits(v)) {
                    choices_.emplace_back(net(v), v);
                }
            });
        }
        std::sort(choices_.begin() + frame.first, choices_.end());
        frames_.push_back(frame);
    }

    void leave() {
        const Frame frame = frames_.back();
        frames_.pop_back();
        for (const Bits<W> &set : {done_, frame.arrived}) {
            if (!set.empty()) {
                failed_.insert(set);
            }
        }
        choices_.resize(frame.first);
        undo_to(frame.trail);
    }

    const Segment &part_;
    Limits &limits_;
    std::vector<std::vector<Node>> next_; // nodes that may become ready by a step
    std::vector<Node> pending_, rest_, trail_, far_end_;
    Bytes live_, budget_ = 0;
    Bits<W> ready_, done_, blocked_; // blocked: in the far end, which is settled
    BitsTable<W> failed_;
    std::vector<Frame> frames_;
    std::vector<std::pair<Bytes, Node>> choices_;
    std::size_t mark_ = 0;
};

template <int W>
Verdict lower(const Segment &part, Bytes floor, Limits &limits, Bytes &peak, Order &order) {
    Search<W, false> forward(part, limits);
    Search<W, true> backward(part, limits);
    Order trail;
    while (peak > floor) {
        if (part.base > peak - 1) {
            return Verdict::impossible;
        }
        forward.start(peak - 1);
        backward.start(peak - 1);
        Verdict verdict = Verdict::stopped;
        for (std::int64_t quota = 2048; verdict == Verdict::stopped; quota *= 2) {
            verdict = forward.advance(quota, trail);
            if (verdict == Verdict::stopped) {
                verdict = backward.advance(quota, trail);
            }
            if (limits.timed_out() || (forward.full() && backward.full())) {
                break;
            }
        }
        if (verdict != Verdict::found) {
            return verdict;
        }
        peak = segment_peak(part, trail);
        for (Node i = 0; i < part.n; ++i) {
            order[i] = part.nodes[trail[i]];
        }
    }
    return Verdict::found;
}

} // namespace

Verdict minimise(const Segment &segment, Bytes floor, Limits &limits, Bytes &peak, Order &order) {
    if (segment.n > max_search_nodes) {
        return peak <= floor ? Verdict::found : Verdict::stopped;
    }
    if (segment.n <= 64) {
        return lower<1>(segment, floor, limits, peak, order);
    }
    if (segment.n <= 128) {
        return lower<2>(segment, floor, limits, peak, order);
    }
    if (segment.n <= 256) {
        return lower<4>(segment, floor, limits, peak, order);
    }
    return segment.n <= 512 ? lower<8>(segment, floor, limits, peak, order)
                            : lower<16>(segment, floor, limits, peak, order);
}

} // namespace groundwork::scheduler
