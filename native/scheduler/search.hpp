// Searches on a part of a graph: exact (depth first, and SERENITY's), and a beam.
#pragma once

#include <chrono>

#include "dag.hpp"

namespace groundwork::scheduler {

constexpr Node max_search_nodes = 1024;

// When a search must stop. States are counted down over all searches that share the limits.
struct Limits {
    std::int64_t states;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    std::int64_t visited = 0;

    bool timed_out() const { return std::chrono::steady_clock::now() >= deadline; }
};

enum class Verdict { found, impossible, stopped };

// Nodes that run one after another somewhere in an order, renumbered 0 .. n - 1.
struct Segment {
    struct Value {
        Bytes size;
        Node uses; // consumers that have not run when the segment begins, here or behind it
    };
    Node n = 0;
    Bytes base = 0;                       // live when the segment begins
    std::vector<Node> nodes;              // numbers in the graph
    std::vector<Bytes> gain;              // what a node adds when it has run, before anything dies
    std::vector<Bytes> need;              // what it takes while it runs
    std::vector<Value> values;            // what its nodes read
    std::vector<std::vector<Node>> reads; // values that a node reads
    std::vector<std::vector<Node>> consumers; // inside the segment
    std::vector<Node> pending;                // inputs inside the segment
};

// Positions [from, to) of `order`, as a problem of its own.
Segment make_segment(const Dag &dag, std::span<const Node> order, std::size_t from, std::size_t to);

// Highest step of an order of the segment's nodes (segment numbers).
Bytes segment_peak(const Segment &segment, std::span<const Node> order);

// Lowers `peak`, which `order` (graph numbers) has, as far as possible but not below `floor`.
// `found`: `floor` was reached; `impossible`: `peak` is the least there is; `stopped`: unknown.
Verdict minimise(const Segment &segment, Bytes floor, Limits &limits, Bytes &peak, Order &order);

// An order within `budget` by beam search: `width` states for each number of finished nodes.
// Counts the nodes it tried into `tried`.
bool beam(const Segment &segment, Bytes budget, std::size_t width, std::int64_t &tried,
          Order &found);

// SERENITY's dynamic programming with adaptive soft budget; the verdict as in `minimise`.
Verdict serenity(const Segment &segment, Limits &limits, Bytes &peak, Order &order);

// Cuts an order behind each node that is comparable to all others; returns the ends of the parts.
std::vector<std::size_t> cut_points(const Dag &dag, const Order &order);

} // namespace groundwork::scheduler
