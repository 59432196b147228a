// Greedy orders: both readings of the rule with a lazy heap, and LPMF with a segment tree.
#include <algorithm>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>

#include "groundwork/door.hpp"
#include "memory.hpp"
#include "orders.hpp"

namespace groundwork::scheduler {

namespace {

struct Entry {
    Bytes key;
    std::int64_t tie;
    Node v;
    bool operator>(const Entry &other) const {
        return std::tie(key, tie, v) > std::tie(other.key, other.tie, other.v);
    }
};

constexpr Bytes never = std::numeric_limits<Bytes>::max();

// Minimum over a prefix of positions, with point updates: O(log n) each.
class PrefixMin {
  public:
    explicit PrefixMin(std::size_t n) {
        while (leaves_ < n) {
            leaves_ *= 2;
        }
        tree_.assign(2 * leaves_, never);
    }
    void set(std::size_t at, Bytes value) {
        for (tree_[at += leaves_] = value; at > 1; at /= 2) {
            tree_[at / 2] = std::min(tree_[at], tree_[at ^ 1]);
        }
    }
    // First position among [0, end) that holds the minimum there; `end` if all hold `never`.
    std::size_t argmin(std::size_t end) const {
        Bytes least = never;
        std::size_t found = 0;
        for (std::size_t lo = leaves_, hi = leaves_ + end; lo < hi; lo /= 2, hi /= 2) {
            if (lo & 1) {
                better(lo++, least, found);
            }
            if (hi & 1) {
                better(--hi, least, found);
            }
        }
        if (found == 0) {
            return end;
        }
        while (found < leaves_) {
            found = 2 * found + (tree_[2 * found] > least);
        }
        return found - leaves_;
    }

  private:
    void better(std::size_t at, Bytes &least, std::size_t &found) const {
        if (tree_[at] < least) {
            least = tree_[at];
            found = at;
        }
    }
    std::size_t leaves_ = 1;
    std::vector<Bytes> tree_;
};

} // namespace

// A node's key falls each time that it becomes the last consumer of one of its inputs. It is then
// pushed again; entries with an outdated key are dropped when they surface. At most V + E pushes.
Order greedy_order(const Dag &dag, bool by_growth, int ties, std::uint64_t seed) {
    Progress progress(dag);
    Random random(seed);
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap;
    std::vector<std::int64_t> tie(dag.n, 0);
    std::vector<bool> done(dag.n, false);
    std::int64_t clock = 0;
    const auto key = [&](Node v) { return by_growth ? progress.net(v) : -progress.freed(v); };
    const auto arrive = [&](Node v) {
        ++clock;
        tie[v] = ties == GWS_NEWEST     ? -clock
                 : ties == GWS_SMALLEST ? dag.need[v]
                 : ties == GWS_ANY      ? static_cast<std::int64_t>(random.next() >> 1)
                                        : clock;
        heap.push({key(v), tie[v], v});
    };
    for (Node v = 0; v < dag.n; ++v) {
        if (progress.ready(v)) {
            arrive(v);
        }
    }
    Order order;
    order.reserve(dag.n);
    while (!heap.empty()) {
        const Entry top = heap.top();
        heap.pop();
        if (done[top.v] || top.key != key(top.v)) {
            continue;
        }
        done[top.v] = true;
        order.push_back(top.v);
        progress.run(top.v, arrive, [&](Node c) {
            if (progress.ready(c)) {
                heap.push({key(c), tie[c], c});
            }
        });
    }
    if (order.size() != static_cast<std::size_t>(dag.n)) {
        throw InvalidArgument("the graph has a cycle");
    }
    return order;
}

// Among the ready nodes that fit under the highest peak so far, the one after which least is live;
// if none fits, the one that raises the peak least. Ready nodes stand in the order of their need,
// so "those that fit" is a prefix.
Order lpmf_order(const Dag &dag) {
    Progress progress(dag);
    std::vector<Node> by_need(dag.n), rank(dag.n);
    std::iota(by_need.begin(), by_need.end(), 0);
    std::stable_sort(by_need.begin(), by_need.end(),
                     [&](Node a, Node b) { return dag.need[a] < dag.need[b]; });
    for (Node at = 0; at < dag.n; ++at) {
        rank[by_need[at]] = at;
    }
    PrefixMin nets(dag.n), needs(dag.n);
    const auto arrive = [&](Node v) {
        nets.set(rank[v], progress.net(v));
        needs.set(rank[v], dag.need[v]);
    };
    for (Node v = 0; v < dag.n; ++v) {
        if (progress.ready(v)) {
            arrive(v);
        }
    }
    Order order;
    order.reserve(dag.n);
    const std::size_t all = dag.n;
    for (Bytes peak = 0;;) {
        const Bytes room = peak - progress.live();
        const auto fits = std::upper_bound(by_need.begin(), by_need.end(), room,
                                           [&](Bytes most, Node v) { return most < dag.need[v]; });
        const std::size_t end = fits - by_need.begin();
        std::size_t at = nets.argmin(end);
        if (at == end && (at = needs.argmin(all)) == all) {
            break;
        }
        const Node v = by_need[at];
        nets.set(at, never);
        needs.set(at, never);
        peak = std::max(peak, progress.live() + dag.need[v]);
        order.push_back(v);
        progress.run(v, arrive, [&](Node c) {
            if (progress.ready(c)) {
                arrive(c);
            }
        });
    }
    if (order.size() != all) {
        throw InvalidArgument("the graph has a cycle");
    }
    return order;
}

} // namespace groundwork::scheduler
