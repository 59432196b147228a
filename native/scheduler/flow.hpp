// Maximum flow (Dinic), without recursion, with a budget on the arcs that it may touch.
#pragma once

#include <cstdint>
#include <vector>

namespace groundwork::scheduler {

class Flow {
  public:
    static constexpr std::int64_t unbounded = std::int64_t{1} << 61;

    explicit Flow(std::int32_t nodes) : head_(nodes, -1) {}
    std::int32_t add_node();
    void add_arc(std::int32_t from, std::int32_t to, std::int64_t capacity);

    // Value of a maximum flow, or -1 when `work` arcs (counted down) did not suffice.
    std::int64_t maximum(std::int32_t source, std::int32_t sink, std::int64_t &work);

  private:
    struct Arc {
        std::int32_t to, next;
        std::int64_t left;
    };
    bool layer(std::int32_t source, std::int32_t sink, std::int64_t &work);
    std::int64_t push_path(std::int32_t source, std::int32_t sink, std::int64_t &work);

    std::vector<Arc> arcs_;
    std::vector<std::int32_t> head_, level_, at_, path_;
};

} // namespace groundwork::scheduler
