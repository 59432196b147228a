"""Real graphs: peaks by policy, before and after fusion and in-place rewriting."""

from pathlib import Path

import numpy as np
import torch

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays, write_table
from groundwork.scheduler import Graph, live_intervals, memory_profile, peak_memory, schedule
from groundwork.scheduler.arena import pack
from groundwork.scheduler.fusion import fuse, in_place
from groundwork.scheduler.networks import Block, RandomWiring, UNet, resnet20
from groundwork.scheduler.torch_import import inference, training
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

POLICIES = ("kahn", "dfs", "greedy-free", "greedy-grow", "lpmf", "best")
MIB = 2**20


class Settings(step.Settings):
    """Traced graphs of three networks, and their rewriting."""

    seed: int = knob("Seed of the random wiring.", ge=0)
    image_batch: int = knob("Images a batch for ResNet-20 and the U-Net.", ge=1)
    image_side: int = knob("Pixels, as in CIFAR-10.", ge=1)
    tokens_batch: int = knob("Sequences a batch for the transformer block.", ge=1)
    tokens: int = knob("Tokens a sequence.", ge=1)
    width: int = knob("Channels of the transformer block.", ge=1)
    heads: int = knob("Attention heads.", ge=1)
    unet_channels: int = knob("Channels at the U-Net's full resolution.", ge=1)
    wired_nodes: int = knob("Convolutions of the randomly wired network.", ge=2)
    random_orders: int = knob("Random orders whose mean peak is shown.", ge=1)
    time_limit: float = knob("Seconds that `exact` may take for a graph.", gt=0, le=3600)


def traced(settings: Settings) -> dict[str, Graph]:
    """The graphs by name; tensors have shapes and no data, so any batch fits."""
    image = torch.empty(settings.image_batch, 3, settings.image_side, settings.image_side)
    words = torch.empty(settings.tokens_batch, settings.tokens, settings.width)

    def loss(y: torch.Tensor) -> torch.Tensor:
        return y.square().mean()

    wired = RandomWiring(settings.wired_nodes, settings.unet_channels, settings.seed)
    block, unet = Block(settings.width, settings.heads), UNet(settings.unet_channels)
    return {
        "ResNet-20 forward": inference(resnet20().eval(), (image,)),
        "ResNet-20 training": training(resnet20(), (image,), loss),
        "transformer training": training(block, (words,), loss),
        "random wiring forward": inference(wired.eval(), (image,)),
        "random wiring training": training(wired, (image,), loss),
        "U-Net forward": inference(unet.eval(), (image,)),
        "U-Net training": training(unet, (image,), loss),
    }


def peaks(graph: Graph, settings: Settings) -> dict[str, float]:
    """Peaks in MiB by policy, of the order as traced, the mean random one, and the optimum."""
    drawn = [schedule(graph, "random", seed=k).peak for k in range(settings.random_orders)]
    exact = schedule(graph, "exact", time_limit=settings.time_limit)
    row = {policy: schedule(graph, policy).peak / MIB for policy in POLICIES}
    row |= {"traced": peak_memory(graph, range(len(graph))) / MIB}
    row |= {"random": float(np.mean(drawn)) / MIB, "lower_bound": exact.lower_bound / MIB}
    return row | {"nodes": len(graph), "edges": graph.edges, "optimal": int(exact.optimal)}


def rewrites(graph: Graph, limit: float) -> dict[str, float]:
    """Least known peaks in MiB before and after each rewriting."""
    forms = {
        "before": graph,
        "fused": fuse(graph),
        "guarded": fuse(graph, guard=True),
        "in_place": in_place(graph),
        "both": in_place(fuse(graph, guard=True)),
    }
    row = {f"{k}_peak": schedule(g, "exact", time_limit=limit).peak / MIB for k, g in forms.items()}
    traced_peak = {f"{k}_traced": peak_memory(g, range(len(g))) / MIB for k, g in forms.items()}
    return row | traced_peak | {f"{k}_nodes": len(g) for k, g in forms.items()}


def profiles(graph: Graph) -> dict[str, np.ndarray]:
    """Two schedules of one graph, step by step: a random one, and the best."""
    found = {}
    for name, policy in (("random", "random"), ("best", "best")):
        order = schedule(graph, policy, seed=1)
        spans = np.array(list(live_intervals(graph, order.order).values()))
        found[f"{name}_during"] = memory_profile(graph, order.order)[0]
        found[f"{name}_births"], found[f"{name}_deaths"] = spans.T
        found[f"{name}_address"], found[f"{name}_arena"] = pack(graph, order.order)
    return found | {"sizes": graph.sizes + graph.helds}


def main(
    settings: Settings, *, native: Path, table: step.Out, rewritten: step.Out, arrays: step.Out
) -> step.Claims:
    del native  # the library's path is for the step's own set-up
    torch.manual_seed(0)
    graphs = traced(settings)
    rows = {name: peaks(graph, settings) for name, graph in graphs.items()}
    changed = {name: rewrites(graph, settings.time_limit) for name, graph in graphs.items()}
    for path, data in ((table, rows), (rewritten, changed)):
        keys = [key.replace("-", "_") for key in next(iter(data.values()))]
        lines = [(name, *row.values()) for name, row in data.items()]
        write_table(path, lines, ["graph", *keys])
    shown = profiles(graphs["random wiring forward"])
    write_arrays(arrays, shown)
    return _claims(settings, rows, changed, shown)


def _claims(settings, rows, changed, shown):  # type: ignore[no-untyped-def]
    claims = {
        "graphs": claim(len(rows), "", "exact"),
        "proven": claim(sum(int(row["optimal"]) for row in rows.values()), "", n=len(rows)),
        "wired_fragmentation": claim(
            100 * (int(shown["best_arena"]) / int(shown["best_during"].max()) - 1), "%", "exact"
        ),
    }
    wired = {name: rows[f"random wiring {name}"] for name in ("forward", "training")}
    for name, row in wired.items():
        gain = 100 * (1 - row["best"] / row["traced"])
        claims[f"random_wiring_{name}_gain"] = claim(gain, "%", "exact")
    for name in ("traced", "best"):
        claims[f"random_wiring_forward_{name}"] = claim(wired["forward"][name], "MiB", "exact")
    for slug in ("transformer", "ResNet-20", "U-Net"):
        row = changed[f"{slug} training"]
        saved = 100 * (1 - row["both_peak"] / row["before_peak"])
        claims[f"{slug.lower().replace('-', '')}_training_both"] = claim(saved, "%", "exact")
    return claims


if __name__ == "__main__":
    step.run(main)
