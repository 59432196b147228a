"""Computational graph optimizer: orders of a graph's nodes that need little memory."""

from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.policies import (
    POLICIES,
    Schedule,
    live_intervals,
    lower_bound,
    memory_profile,
    peak_memory,
    schedule,
    topological_order,
)

__all__ = [
    "POLICIES",
    "Graph",
    "GraphError",
    "Schedule",
    "live_intervals",
    "lower_bound",
    "memory_profile",
    "peak_memory",
    "schedule",
    "topological_order",
]
