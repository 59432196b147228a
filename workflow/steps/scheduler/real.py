"""Real graphs: peaks by policy, before and after fusion and in-place rewriting."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from groundwork.core.atomic import write_arrays
from groundwork.core.claims import claim
from groundwork.pipeline import step
from groundwork.scheduler import Graph, live_intervals, memory_profile, peak_memory, schedule
from groundwork.scheduler.arena import pack
from groundwork.scheduler.fusion import fuse, in_place
from groundwork.scheduler.torch_import import inference, training

POLICIES = ("kahn", "dfs", "greedy-free", "greedy-grow", "lpmf", "best")
MIB = 2**20


@dataclass(frozen=True)
class Settings:
    image_batch: int
    image_side: int
    tokens_batch: int
    tokens: int
    width: int
    heads: int
    unet_channels: int
    random_orders: int
    time_limit: float


class Residual(nn.Module):
    """Two 3×3 convolutions with batch statistics beside a shortcut (He et al., 2016)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(outside, track_running_stats=False) for _ in range(2)
        )
        self.stride, self.more = stride, outside - inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norms[0](self.first(x)))
        y = self.norms[1](self.second(y))
        if self.more:  # the parameter-free shortcut: subsample, pad with zero channels
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return F.relu(x + y)


def resnet20() -> nn.Module:
    """ResNet-20 for CIFAR-10: three stages of three blocks, 16 to 64 channels."""
    blocks: list[nn.Module] = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)]
    blocks += [nn.BatchNorm2d(16, track_running_stats=False), nn.ReLU()]
    inside = 16
    for outside in (16, 32, 64):
        for block in range(3):
            blocks.append(Residual(inside, outside, 2 if outside > 16 and block == 0 else 1))
            inside = outside
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Block(nn.Module):
    """A pre-norm transformer block with causal attention written out (Vaswani et al., 2017)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, C = x.shape  # batch, tokens, channels
        h = self.norms[0](x)
        q, k, v = (
            part(h).view(B, T, self.heads, C // self.heads).transpose(1, 2)  # (B, H, T, C/H)
            for part in (self.query, self.key, self.value)
        )
        scores = q @ k.transpose(-2, -1) / (C // self.heads) ** 0.5  # (B, H, T, T)
        hidden = torch.ones(T, T, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(hidden, float("-inf")).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(B, T, C))  # (B, T, C)
        return x + self.down(F.gelu(self.up(self.norms[1](x))))


class UNet(nn.Module):
    """Three resolutions with skips that stay live across the whole lower part."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        c = channels
        widths = [(3, c), (c, 2 * c), (2 * c, 4 * c)]
        self.down = nn.ModuleList(self.stage(a, b) for a, b in widths)
        self.up = nn.ModuleList(self.stage(a + b, b) for a, b in ((4 * c, 2 * c), (2 * c, c)))
        self.out = nn.Conv2d(c, 3, 1)

    @staticmethod
    def stage(inside: int, outside: int) -> nn.Module:
        return nn.Sequential(
            *(nn.Conv2d(inside, outside, 3, 1, 1), nn.GroupNorm(8, outside), nn.SiLU()),
            *(nn.Conv2d(outside, outside, 3, 1, 1), nn.GroupNorm(8, outside), nn.SiLU()),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.down[0](x)  # (B, c, H, W)
        second = self.down[1](F.avg_pool2d(first, 2))  # (B, 2c, H/2, W/2)
        x = self.down[2](F.avg_pool2d(second, 2))  # (B, 4c, H/4, W/4)
        x = self.up[0](torch.cat([F.interpolate(x, scale_factor=2.0), second], 1))
        x = self.up[1](torch.cat([F.interpolate(x, scale_factor=2.0), first], 1))
        return self.out(x)


def traced(settings: Settings) -> dict[str, Graph]:
    """The graphs by name; tensors have shapes and no data, so any batch fits."""
    image = torch.empty(settings.image_batch, 3, settings.image_side, settings.image_side)
    words = torch.empty(settings.tokens_batch, settings.tokens, settings.width)

    def loss(y: torch.Tensor) -> torch.Tensor:
        return y.square().mean()

    block, unet = Block(settings.width, settings.heads), UNet(settings.unet_channels)
    return {
        "ResNet-20 forward": inference(resnet20().eval(), (image,)),
        "ResNet-20 training": training(resnet20(), (image,), loss),
        "transformer training": training(block, (words,), loss),
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
        with open(path, "w", newline="", encoding="utf-8") as file:
            keys = list(next(iter(data.values())))
            writer = csv.writer(file)
            writer.writerow(["graph", *(key.replace("-", "_") for key in keys)])
            writer.writerows([name, *row.values()] for name, row in data.items())
    shown = profiles(graphs["U-Net training"])
    write_arrays(arrays, shown)
    return _claims(settings, rows, changed, shown)


def _claims(settings, rows, changed, shown):  # type: ignore[no-untyped-def]
    claims = {
        "graphs": claim(len(rows), "", "exact"),
        "proven": claim(sum(int(row["optimal"]) for row in rows.values()), "", n=len(rows)),
        "image_batch": claim(settings.image_batch, "", "exact"),
        "tokens": claim(settings.tokens, "", "exact"),
        "tokens_batch": claim(settings.tokens_batch, "", "exact"),
        "unet_fragmentation": claim(
            100 * (int(shown["best_arena"]) / int(shown["best_during"].max()) - 1), "%", "exact"
        ),
    }
    slugs = {name: name.lower().replace("-", "").replace(" ", "_") for name in rows}
    for name, slug in slugs.items():
        row, new = rows[name], changed[name]
        claims[f"{slug}_gain"] = claim(100 * (1 - row["best"] / row["traced"]), "%", "exact")
        claims[f"{slug}_random"] = claim(row["random"] / row["best"], "×", "exact")
        claims[f"{slug}_both"] = claim(
            100 * (1 - new["both_peak"] / new["before_peak"]), "%", "exact"
        )
        claims[f"{slug}_fused"] = claim(new["fused_peak"] / new["before_peak"], "×", "exact")
        claims[f"{slug}_guarded"] = claim(new["guarded_peak"] / new["before_peak"], "×", "exact")
    return claims


if __name__ == "__main__":
    step.run(main)
