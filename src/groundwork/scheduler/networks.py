"""Compact networks whose graphs are traced: chains, skips, attention, random wiring."""

import torch
from torch import nn
from torch.nn import functional as F

from groundwork.core.seeds import stream


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


class RandomWiring(nn.Module):
    """Convolutions wired at random, outputs of dead ends summed (after Xie et al., 2019).

    Each node adds up to two earlier nodes and convolves the sum; widths differ from node to
    node, as in searched architectures, through a 1×1 projection of each input.
    """

    def __init__(self, nodes: int, channels: int, seed: int) -> None:
        super().__init__()
        rng = stream(seed, "scheduler", "wiring")
        widths = [channels * int(rng.choice([1, 2, 4])) for _ in range(nodes)]
        self.reads = [
            sorted({int(u) for u in rng.integers(0, v, min(v, 2))}) for v in range(1, nodes)
        ]
        self.stem = nn.Conv2d(3, widths[0], 3, 1, 1)
        self.mixes = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(widths[u], widths[v], 1) for u in read)
            for v, read in enumerate(self.reads, start=1)
        )
        used = {u for read in self.reads for u in read}
        self.ends = [v for v in range(nodes) if v not in used]
        self.heads = nn.ModuleList(nn.Conv2d(widths[v], channels, 1) for v in self.ends)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = [self.stem(x)]  # each (B, width, H, W)
        for mix, read in zip(self.mixes, self.reads, strict=True):
            parts = [conv(values[u]) for conv, u in zip(mix.children(), read, strict=True)]
            values.append(F.silu(torch.as_tensor(sum(parts))))
        ends = (head(values[v]) for head, v in zip(self.heads, self.ends, strict=True))
        return torch.as_tensor(sum(y.mean((2, 3)) for y in ends))  # (B, channels)
