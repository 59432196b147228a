#include "flow.hpp"

#include <algorithm>

namespace groundwork::scheduler {

std::int32_t Flow::add_node() {
    head_.push_back(-1);
    return static_cast<std::int32_t>(head_.size()) - 1;
}

void Flow::add_arc(std::int32_t from, std::int32_t to, std::int64_t capacity) {
    arcs_.push_back({to, head_[from], capacity});
    head_[from] = static_cast<std::int32_t>(arcs_.size()) - 1;
    arcs_.push_back({from, head_[to], 0});
    head_[to] = static_cast<std::int32_t>(arcs_.size()) - 1;
}

// Distances from the source over arcs with capacity left; true if the sink is reached.
bool Flow::layer(std::int32_t source, std::int32_t sink, std::int64_t &work) {
    level_.assign(head_.size(), -1);
    std::vector<std::int32_t> queue{source};
    level_[source] = 0;
    for (std::size_t at = 0; at < queue.size(); ++at) {
        for (std::int32_t e = head_[queue[at]]; e >= 0; e = arcs_[e].next, --work) {
            if (arcs_[e].left > 0 && level_[arcs_[e].to] < 0) {
                level_[arcs_[e].to] = level_[queue[at]] + 1;
                queue.push_back(arcs_[e].to);
            }
        }
    }
    return level_[sink] >= 0;
}

// One augmenting path along rising levels; arcs that led nowhere are not tried again.
std::int64_t Flow::push_path(std::int32_t source, std::int32_t sink, std::int64_t &work) {
    path_.clear();
    for (std::int32_t v = source; v != sink;) {
        std::int32_t &e = at_[v];
        while (e >= 0 && !(arcs_[e].left > 0 && level_[arcs_[e].to] == level_[v] + 1)) {
            e = arcs_[e].next;
            --work;
        }
        if (e >= 0) {
            path_.push_back(e);
            v = arcs_[e].to;
        } else if (path_.empty()) {
            return 0;
        } else {
            level_[v] = -1; // a dead end
            v = arcs_[path_.back() ^ 1].to;
            path_.pop_back();
        }
    }
    std::int64_t amount = unbounded;
    for (const std::int32_t e : path_) {
        amount = std::min(amount, arcs_[e].left);
    }
    for (const std::int32_t e : path_) {
        arcs_[e].left -= amount;
        arcs_[e ^ 1].left += amount;
    }
    return amount;
}

std::int64_t Flow::maximum(std::int32_t source, std::int32_t sink, std::int64_t &work) {
    std::int64_t total = 0;
    while (layer(source, sink, work)) {
        at_ = head_;
        while (const std::int64_t amount = push_path(source, sink, work)) {
            total += amount;
            if (work < 0) {
                return -1;
            }
        }
    }
    return total;
}

} // namespace groundwork::scheduler
