"""The plain PyTorch twin: what one would write with the library's own parts.

The peer that is timed against this room's model and the oracle of its logits and gradients. It is
the one file of the room that may name the ready-made attention; the model never imports it.
Weights have the same names and layout, so one state dictionary fits both.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundwork.transformer.model import GPTConfig


class ReferenceBlock(nn.Module):
    """A pre-norm block on `F.scaled_dot_product_attention` and PyTorch's norms."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.attention_norm, self.ffn_norm = _norm(config), _norm(config)
        inner = 2 * config.hidden if config.ffn == "swiglu" else config.hidden
        self.attention = _linears(qkv=(config.width, 3 * config.width), out=(config.width,) * 2)
        self.ffn = _linears(up=(config.width, inner), out=(config.hidden, config.width))

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """Shapes: x (B, T, C) to (B, T, C); cosine and sine (T, D/2)."""
        batch, tokens, width = x.shape
        shape = (batch, tokens, self.config.heads, self.config.head_size)
        qkv = self.attention["qkv"](self.attention_norm(x)).split(width, dim=-1)
        query, key, value = (part.view(shape).transpose(1, 2) for part in qkv)  # (B, H, T, D)
        mixed = F.scaled_dot_product_attention(
            turn(query, cosine, sine),
            turn(key, cosine, sine),
            value,
            is_causal=True,
            dropout_p=self.config.dropout if self.training else 0.0,
        )
        x = x + self.attention["out"](mixed.transpose(1, 2).reshape(batch, tokens, width))
        inner = self.ffn["up"](self.ffn_norm(x))
        if self.config.ffn == "swiglu":
            gate, content = inner.chunk(2, dim=-1)
            return x + self.ffn["out"](F.silu(gate) * content)
        return x + self.ffn["out"](F.gelu(inner))


class ReferenceGPT(nn.Module):
    """The same network as `GPT` (without its dropout on residuals), from ready-made parts."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(ReferenceBlock(config) for _ in range(config.layers))
        self.norm = _norm(config)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        if config.tied:
            self.head.weight = self.embedding.weight
        pair = torch.arange(0, config.head_size, 2) / config.head_size
        angle = torch.outer(
            torch.arange(config.context).double(), config.rope_base ** -pair.double()
        )
        self.register_buffer("cosine", angle.cos(), persistent=False)  # (context, D/2)
        self.register_buffer("sine", angle.sin(), persistent=False)

    def take_weights(self, state: dict[str, Tensor]) -> "ReferenceGPT":
        """Copy a `GPT`'s weights: the norms' gains are the only names that differ."""
        renamed = {name.replace("norm.gain", "norm.weight"): value for name, value in state.items()}
        self.load_state_dict(renamed)
        return self

    def forward(self, ids: Tensor) -> Tensor:
        """Shapes: ids (B, T) to logits (B, T, V)."""
        x = self.embedding(ids)
        cosine = self.cosine[: ids.shape[1]].to(x.dtype)
        sine = self.sine[: ids.shape[1]].to(x.dtype)
        for block in self.blocks:
            x = block(x, cosine, sine)
        return self.head(self.norm(x))


def _linears(**sizes: tuple[int, int]) -> nn.ModuleDict:
    return nn.ModuleDict({name: nn.Linear(*size, bias=False) for name, size in sizes.items()})


def _norm(config: GPTConfig) -> nn.Module:
    if config.norm == "rms":
        return nn.RMSNorm(config.width, eps=1e-5)
    return nn.LayerNorm(config.width, eps=1e-5, bias=False)


def turn(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary embedding with real numbers alone: the oracle of `model.rotate`.

    Shapes: x (…, T, D), cosine and sine (T, D/2); the result is like x.
    """
    even, odd = x[..., 0::2], x[..., 1::2]  # (…, T, D/2) each
    turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1)
    return turned.flatten(-2).to(x.dtype)  # (…, T, D)
