"""`graph-schedule`: orders of a computational graph that need little memory."""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence

from groundwork.scheduler import draw, io
from groundwork.scheduler.graph import Graph
from groundwork.scheduler.parse import GraphError
from groundwork.scheduler.policies import POLICIES, TIES, Schedule, schedule

EPILOG = """examples:
  graph-schedule plan graph.json --policy best
  graph-schedule plan - --policy exact --time-limit 30 --json < graph.json
  graph-schedule compare graph.json
  graph-schedule draw graph.json --what timeline --out timeline.svg
  graph-schedule import model.onnx --dim batch=8 --out graph.json
  graph-schedule import model.onnx --infer-shapes --out graph.json
  graph-schedule import model.pt2 --dim s77=8 --out -

a graph: {"nodes": [{"id": "a", "size": 4096},
                    {"id": "b", "size": 1024, "inputs": ["a"], "workspace": 512, "keep": true}]}
sizes are bytes. A value lives until its last consumer has run; outputs and "keep" nodes stay.

exit status: 0 done, 1 the graph or a file is at fault (one line says where), 2 wrong usage."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="graph-schedule",
        description="Order the operators of a computational graph so that little memory is live.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    plan = _command(commands, "plan", "find an order and its peak", _plan)
    plan.add_argument("--policy", choices=POLICIES, default="best", help="default: best")
    compare = _command(commands, "compare", "peak of every policy, side by side", _compare)
    compare.add_argument("--policies", nargs="+", choices=POLICIES, default=None, metavar="POLICY")
    picture = _command(commands, "draw", "a picture as SVG", _draw)
    picture.add_argument("--policy", choices=POLICIES, default="best", help="default: best")
    picture.add_argument("--what", choices=("timeline", "graph"), default="timeline")
    _scheduling_options(plan, compare, picture)
    for command in (plan, compare):
        command.add_argument("--json", action="store_true", help="print JSON")
    bring = _command(commands, "import", "make a graph of a model", _import)
    bring.add_argument(
        "model",
        metavar="MODEL",
        help="an .onnx file, or a program of torch.export.save (a file or -)",
    )
    bring.add_argument(
        "--dim",
        action="append",
        default=[],
        type=_dimension,
        metavar="NAME=N",
        help="size of an open dimension: a symbol, or value:axis where it has none",
    )
    bring.add_argument(
        "--infer-shapes",
        action="store_true",
        help="let the onnx package find the shapes that an .onnx file does not say",
    )
    for command in (plan, picture, bring):
        command.add_argument("--out", default="-", help="a file; default: standard output")
    return parser


def _scheduling_options(*commands: argparse.ArgumentParser) -> None:
    for command in commands:
        command.add_argument("graph", metavar="GRAPH.json", help="a graph, - for standard input")
        command.add_argument("--seed", type=int, default=0, help="of random choices (default 0)")
        command.add_argument("--ties", choices=TIES, default="oldest", help="of the greedy rules")
        command.add_argument(
            "--time-limit",
            type=_seconds,
            default=None,
            metavar="S",
            help="of the searches (exact: 10)",
        )


def _command(commands, name, words, run) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
    command = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
    command.set_defaults(run=run)
    return command  # type: ignore[no-any-return]


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be a positive number of seconds")
    return value


def _dimension(text: str) -> tuple[str, int]:
    name, _, size = text.rpartition("=")
    if not name or not (size.isascii() and size.isdigit()) or len(size) > 18:
        raise argparse.ArgumentTypeError("must look like batch=8")
    return name, int(size)


def _solve(graph: Graph, arguments: argparse.Namespace, policy: str) -> Schedule:
    return schedule(
        graph,
        policy,
        seed=arguments.seed,
        time_limit=arguments.time_limit,
        ties=arguments.ties,
    )


def _verdict(found: Schedule) -> str:
    if found.optimal:
        return "optimal"
    if found.lower_bound <= 0:
        return "no bound"
    return f"at most {100 * (found.peak / found.lower_bound - 1):.1f} % above the optimum"


def _plan(arguments: argparse.Namespace) -> None:
    graph = Graph.from_json(arguments.graph)
    found = _solve(graph, arguments, arguments.policy)
    if arguments.json:
        report = {
            "policy": arguments.policy,
            "nodes": len(graph),
            "edges": graph.edges,
            "peak": found.peak,
            "lower_bound": found.lower_bound,
            "optimal": found.optimal,
            "order": found.order,
        }
        io.write(arguments.out, json.dumps(report) + "\n")
        return
    head = (
        f"{arguments.policy}: {len(graph)} nodes, {graph.edges} edges\n"
        f"peak         {found.peak} bytes ({draw.readable(found.peak)})\n"
        f"lower bound  {found.lower_bound} bytes, {_verdict(found)}\norder\n"
    )
    io.write(arguments.out, head + "".join(f"  {io.printable(name)}\n" for name in found.order))


def _compare(arguments: argparse.Namespace) -> None:
    graph = Graph.from_json(arguments.graph)
    large = len(graph) > 20_000  # the two searches are for graphs that they can hold
    usual = [name for name in POLICIES if not (large and name in ("serenity", "exact"))]
    names = arguments.policies or usual
    rows = {name: _solve(graph, arguments, name) for name in names}
    if arguments.json:
        report = {
            name: {"peak": r.peak, "lower_bound": r.lower_bound, "optimal": r.optimal}
            for name, r in rows.items()
        }
        sys.stdout.write(json.dumps(report) + "\n")
        return
    bound = max(row.lower_bound for row in rows.values())
    sys.stdout.write(f"{'policy':<12} {'peak':>12} {'peak / lower bound':>19}\n")
    for name, row in sorted(rows.items(), key=lambda item: item[1].peak):
        share = f"{row.peak / bound:.3f}" if bound else "-"
        mark = " optimal" if row.peak == bound else ""
        sys.stdout.write(f"{name:<12} {draw.readable(row.peak):>12} {share:>19}{mark}\n")
    sys.stdout.write(f"lower bound {draw.readable(bound)}, proven\n")


def _draw(arguments: argparse.Namespace) -> None:
    graph = Graph.from_json(arguments.graph)
    order = _solve(graph, arguments, arguments.policy).indices
    paint = draw.timeline if arguments.what == "timeline" else draw.diagram
    io.write(arguments.out, paint(graph, order))


def _import(arguments: argparse.Namespace) -> None:
    dims = dict(arguments.dim)
    if len(dims) < len(arguments.dim):
        raise GraphError("--dim gives a name twice")
    if arguments.model.lower().endswith(".onnx"):
        graph = _of_onnx(arguments, dims)
    elif arguments.infer_shapes:
        raise GraphError("--infer-shapes is for .onnx files; a program of torch.export has shapes")
    else:
        graph = _of_torch(arguments, dims)
    io.write(arguments.out, json.dumps(graph.to_dict()) + "\n")


def _of_onnx(arguments: argparse.Namespace, dims: dict[str, int]) -> Graph:
    from groundwork.scheduler.onnx_import import load_onnx

    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        graph = load_onnx(arguments.model, dims, infer_shapes=arguments.infer_shapes)
    for note in notes:
        print(f"graph-schedule: note: {io.printable(str(note.message))}", file=sys.stderr)
    return graph


def _of_torch(arguments: argparse.Namespace, dims: dict[str, int]) -> Graph:
    try:
        from groundwork.scheduler.torch_import import load_exported
    except ImportError as problem:
        remedy = "pip install 'groundwork[models]'"
        raise GraphError(f"reading it needs PyTorch ({problem}): {remedy}") from None
    with warnings.catch_warnings():  # of PyTorch's reader: our one line says what matters
        warnings.simplefilter("ignore")
        return load_exported(arguments.model, dims)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError, MemoryError) as problem:
        source = getattr(arguments, "graph", None) or arguments.model
        words = problem.strerror if isinstance(problem, OSError) else str(problem)
        print(io.printable(f"graph-schedule: {source}: {words or problem}"), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
