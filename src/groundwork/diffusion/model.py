"""The U-Net that predicts the noise in x_t, sized for one CPU thread.

Three resolutions with 16, 32 and 64 channels cost about the same number of multiplications each.
Skips are added, not concatenated, attention looks at the smallest resolution only, and tensors
lie channels-last, which PyTorch's CPU convolutions read fastest. Groups have eight channels, a
vector of numbers: with two, PyTorch 2.13 normalises such tensors eight times more slowly.
"""

import itertools
import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from groundwork.diffusion.schedule import ScheduleConfig, at


@dataclass(frozen=True)
class UNetConfig:
    """Sizes: `size` (pixels of a side), `channels` (one count per resolution, halving the side),
    `group` (channels that GroupNorm treats as one), `heads` (of attention), `time` (features of the time step),
    `noise_skip` (whether the prediction starts from √(1−ᾱ)·x_t), `schedule` (what t means).
    """

    size: int = 28
    channels: tuple[int, ...] = (16, 32, 64)
    group: int = 8
    heads: int = 2
    time: int = 128
    noise_skip: bool = True
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)

    def __post_init__(self) -> None:
        halvings = 2 ** (len(self.channels) - 1)
        if not self.channels or self.size % halvings:
            raise ValueError(
                f"a side of {self.size} pixels cannot be halved {halvings.bit_length() - 1} times"
            )
        for count in self.channels:
            if count % self.group:
                raise ValueError(f"{count} channels do not split into groups of {self.group}")
        if self.channels[-1] % self.heads:
            raise ValueError(f"{self.channels[-1]} channels do not split into {self.heads} heads")


def time_features(t: Tensor, count: int, longest: float = 10_000.0) -> Tensor:
    """Sines and cosines of t at geometrically spaced frequencies.

    Shapes: t (N,), returns (N, count).
    Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.5.
    """
    half = count // 2
    rates = torch.exp(-math.log(longest) * torch.arange(half, device=t.device) / half)
    angles = t[:, None].float() * rates[None]  # (N, half)
    return torch.cat([angles.sin(), angles.cos()], dim=1)  # (N, count)


class Block(nn.Module):
    """Two normalised convolutions around a residual; the time step scales and shifts between."""

    def __init__(self, channels: int, group: int, time: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(channels // group, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulation = nn.Linear(time, 2 * channels)
        self.norm2 = nn.GroupNorm(channels // group, channels)
        self.conv2 = _zeroed(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x (N, C, H, W), time (N, features); returns (N, C, H, W)."""
        hidden = self.conv1(functional.silu(self.norm1(x)))
        scale, shift = self.modulation(time)[:, :, None, None].chunk(2, dim=1)  # (N, C, 1, 1)
        hidden = torch.addcmul(shift, self.norm2(hidden), 1 + scale)  # in one pass
        return x + self.conv2(functional.silu(hidden))


class Attention(nn.Module):
    """Self-attention over the pixels of a small feature map, around a residual."""

    def __init__(self, channels: int, group: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(channels // group, channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = _zeroed(nn.Linear(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """x (N, C, H, W); returns the same shape."""
        n, c, h, w = x.shape  # images, channels, rows, columns
        tokens = self.norm(x).permute(0, 2, 3, 1).reshape(n, h * w, c)
        parts = self.qkv(tokens).reshape(n, h * w, 3, self.heads, c // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (N, heads, H·W, C / heads)
        mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        tokens = self.out(mixed.reshape(n, h * w, c))  # (N, H·W, C)
        return x + tokens.reshape(n, h, w, c).permute(0, 3, 1, 2)


class UNet(nn.Module):
    """ε̂(x_t, t): the noise predicted in x_t.

    With `noise_skip` the prediction is √(1 − ᾱ_t)·x_t + √ᾱ_t·F(x_t, t): where x_t is pure noise it
    is that noise exactly, and the network F only learns what is left. F's target is then
    √ᾱ_t·ε − √(1 − ᾱ_t)·x_0, of unit variance at every t where the data has unit variance.
    Shapes: x (N, 1, size, size), t (N,) of integers 1 … T; returns the shape of x.
    Raises: `ValueError` for images of another size or more than one channel.
    Source: Ho et al. (2020), appendix B, for the outline; the skip is Salimans and Ho,
    "Progressive Distillation" (2022), section 4 (their v, here turned back into ε).
    Differs: added skips in place of concatenated ones, one block a resolution, convolutions before
    upsampling.
    Checked by: tests/diffusion/test_model.py.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config, self.schedule = config, config.schedule.build()
        widths, group, wide = config.channels, config.group, 2 * config.time
        pairs = list(itertools.pairwise(widths))
        self.embed = nn.Sequential(
            nn.Linear(config.time, wide), nn.SiLU(), nn.Linear(wide, wide), nn.SiLU()
        )
        self.stem = nn.Conv2d(1, widths[0], 3, padding=1)
        self.down = nn.ModuleList(Block(width, group, wide) for width in widths)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairs)
        self.attention = Attention(widths[-1], group, config.heads)
        self.up = nn.ModuleList(Block(width, group, wide) for width in reversed(widths))
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 3, padding=1) for a, b in reversed(pairs))
        self.norm = nn.GroupNorm(widths[0] // group, widths[0])
        self.head = nn.Conv2d(widths[0], 1, 3, padding=1)
        _zeroed(self.head)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch allows it

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        side = self.config.size
        if x.dim() != 4 or x.shape[1:] != (1, side, side):
            raise ValueError(f"images must be (N, 1, {side}, {side}), not {tuple(x.shape)}")
        output = self.residual(x, t)
        if not self.config.noise_skip:
            return output
        level = at(self.schedule.alpha_bar, t, x)
        return (1 - level).sqrt() * x + level.sqrt() * output

    def residual(self, x: Tensor, t: Tensor) -> Tensor:
        """F(x_t, t), what the convolutions compute; shapes as `forward`."""
        time = self.embed(time_features(t, self.config.time))
        hidden = self.stem(x.contiguous(memory_format=torch.channels_last))
        kept = []
        for level, block in enumerate(self.down):
            hidden = block(hidden, time)
            kept.append(hidden)
            if level < len(self.shrink):
                hidden = self.shrink[level](hidden)
        hidden = self.attention(hidden)
        for level, block in enumerate(self.up):
            if level:
                # Channels are mixed before pixels are doubled: a quarter of the multiplications.
                hidden = self.grow[level - 1](hidden)
                hidden = functional.interpolate(hidden, scale_factor=2.0) + kept[-1 - level]
            hidden = block(hidden, time)
        return self.head(functional.silu(self.norm(hidden)))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.weight.device

    def hidden_kernels(self) -> list[nn.Parameter]:
        """The convolutions' kernels but those that read the image or write the noise."""
        ends = {id(self.stem.weight), id(self.head.weight)}
        return [p for p in self.parameters() if p.dim() == 4 and id(p) not in ends]

    def parameter_count(self) -> int:
        """Trained numbers."""
        return sum(p.numel() for p in self.parameters())


def _zeroed(layer: nn.Conv2d | nn.Linear) -> nn.Conv2d | nn.Linear:
    """A layer that starts at zero, so that its branch starts by changing nothing."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
