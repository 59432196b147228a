"""Pictures of a schedule as SVG text: memory over time with live intervals, and the graph."""

from html import escape as escaped

import numpy as np
from numpy.typing import NDArray

from groundwork.scheduler import io, native
from groundwork.scheduler.arena import pack
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError

MOST_NODES = 3000  # a picture of more is neither readable nor quick
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#b4568f", "#b8860b", "#3a8fc7", "#555555")
_STYLE = "<style>text{font:12px sans-serif;fill:#1b1f24}</style>"


def escape(text: str) -> str:
    """Text for SVG, where a control character would not be well-formed."""
    return escaped(io.printable(text))


def readable(size: float) -> str:
    """Bytes in words: 1536 is "1.5 KiB"."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < 1024 or unit == "TiB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.4g} {unit}"
        size /= 1024
    raise AssertionError("unreachable")


def _page(width: float, height: float, title: str, body: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img"><title>{escape(title)}</title>'
        f'{_STYLE}<rect width="100%" height="100%" fill="#ffffff"/>'
    )
    return "\n".join([head, *body, "</svg>\n"])


def _refuse_large(graph: Graph) -> None:
    if len(graph) > MOST_NODES:
        raise GraphError(f"a picture shows at most {MOST_NODES} nodes; this graph has {len(graph)}")


def timeline(graph: Graph, order: NDArray[np.int32]) -> str:
    """Memory over steps, with every value as a box: its live interval wide, its bytes high."""
    _refuse_large(graph)
    peak, during, _ = native.profile(graph, order)
    births, deaths = native.intervals(graph, order)
    address, arena = pack(graph, order)
    sizes = graph.sizes + graph.helds
    n, left, top, width, height = len(graph), 80.0, 40.0, 860.0, 420.0
    step, scale = width / max(n, 1), height / max(arena, peak, 1)
    floor = top + height
    body = []
    for v in range(n):
        x, y = left + births[v] * step, floor - (address[v] + sizes[v]) * scale
        w, h = (deaths[v] - births[v]) * step, sizes[v] * scale
        label = f"{graph.ids[v]}: {readable(int(sizes[v]))}, steps {births[v]} to {deaths[v] - 1}"
        body.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}" stroke="#ffffff" '
            f'stroke-width="0.4" fill="{_COLORS[v % len(_COLORS)]}" fill-opacity="0.55">'
            f"<title>{escape(label)}</title></rect>"
        )
    path = " ".join(
        f"{left + t * step:.2f},{floor - m * scale:.2f} {left + (t + 1) * step:.2f},{floor - m * scale:.2f}"
        for t, m in enumerate(during.tolist())
    )
    line = floor - peak * scale
    body += [
        f'<polyline points="{path}" fill="none" stroke="#1b1f24" stroke-width="1.6"/>',
        f'<line x1="{left}" x2="{left + width}" y1="{line:.2f}" y2="{line:.2f}" '
        'stroke="#1b1f24" stroke-dasharray="5 4"/>',
        f'<text x="{left}" y="{top - 16:.2f}">peak {readable(peak)} (dashed); the black line is '
        "memory while each step runs; boxes are values at packed addresses</text>",
        f'<text x="{left - 6}" y="{floor:.2f}" text-anchor="end">0 B</text>',
        f'<text x="{left - 6}" y="{line + 4:.2f}" text-anchor="end">{readable(peak)}</text>',
        f'<text x="{left + width / 2}" y="{floor + 32}" text-anchor="middle">step (0 to {n - 1})</text>',
    ]
    return _page(left + width + 20, floor + 50, f"Memory over {n} steps", body)


def diagram(graph: Graph, order: NDArray[np.int32]) -> str:
    """The graph by depth, top to bottom; each node shows its step, its area its bytes."""
    _refuse_large(graph)
    depth = np.zeros(len(graph), np.int64)
    step = np.empty(len(graph), np.int64)
    step[order] = np.arange(len(graph))
    for v in order.tolist():
        depth[v] = max((depth[u] + 1 for u in graph.inputs_of(v).tolist()), default=0)
    widest = int(np.bincount(depth, minlength=1).max(initial=1))
    width, gap = max(400.0, 46.0 * widest), 64.0
    x, y = np.zeros(len(graph)), 40 + gap * depth
    for level in range(int(depth.max(initial=0)) + 1):
        row = np.flatnonzero(depth == level)
        row = row[np.argsort(step[row], kind="stable")]
        x[row] = width * (np.arange(len(row)) + 0.5) / max(len(row), 1)
    sizes = graph.sizes + graph.helds
    radius = 7 + 13 * np.sqrt(sizes / max(int(sizes.max(initial=0)), 1))
    body = [
        f'<line x1="{x[u]:.1f}" y1="{y[u]:.1f}" x2="{x[v]:.1f}" y2="{y[v]:.1f}" stroke="#9aa3ad"/>'
        for v in range(len(graph))
        for u in dict.fromkeys(graph.inputs_of(v).tolist())
    ]
    for v, name in enumerate(graph.ids):
        words = f"{name}: {readable(int(sizes[v]))}, step {step[v]}"
        body.append(
            f'<g><title>{escape(words)}</title><circle cx="{x[v]:.1f}" cy="{y[v]:.1f}" '
            f'r="{radius[v]:.1f}" fill="#cfe3f3" stroke="#0072b2"/>'
            f'<text x="{x[v]:.1f}" y="{y[v] + 4:.1f}" text-anchor="middle">{step[v]}</text></g>'
        )
    height = 80 + gap * (int(depth.max(initial=0)))
    return _page(width, height, f"A graph of {len(graph)} nodes with its order", body)
