"""The llama architecture with grouped queries, cut in two so that frozen layers need run once.

Axis letters: B sequences, T tokens in each, S keys (S = T without a cache), C channels (width),
H query heads, G key-value heads, D channels of a head, V entries of the vocabulary.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundwork.transformer.model import GPT, RMSNorm, rotate, rotations


@dataclass(frozen=True, kw_only=True)
class LlamaConfig:
    """Sizes of a `Llama`; `kv_heads` divides `heads`: that many queries share a key and value."""

    vocabulary: int
    context: int
    layers: int
    heads: int
    kv_heads: int
    width: int
    hidden: int
    rope_base: float
    epsilon: float

    @property
    def head_size(self) -> int:
        """Channels of one head."""
        return self.width // self.heads


class Cache:
    """Keys and values so far, one pair a layer, (B, G, S, D) each."""

    def __init__(self, layers: int) -> None:
        self.parts: list[tuple[Tensor, Tensor] | None] = [None] * layers

    @property
    def length(self) -> int:
        """Tokens held."""
        return 0 if self.parts[0] is None else self.parts[0][0].shape[2]

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Append one layer's new keys and values; return all of them."""
        before = self.parts[layer]
        if before is not None:
            key, value = torch.cat([before[0], key], 2), torch.cat([before[1], value], 2)
        self.parts[layer] = (key, value)
        return key, value


class Linear(nn.Module):
    """x Wᵀ, and the adapter's share s · x Aᵀ Bᵀ where one is attached and switched on.

    The weight is left as the memory was: it is read from a file, and drawing 135 million numbers
    to throw them away takes longer than reading them.
    """

    a: nn.Parameter | None
    b: nn.Parameter | None

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.register_parameter("a", None)  # (rank, inputs)
        self.register_parameter("b", None)  # (outputs, rank)
        self.scale = 0.0  # 0 switches the adapter off

    def forward(self, x: Tensor) -> Tensor:
        """Shapes: (…, inputs) to (…, outputs)."""
        y = F.linear(x, self.weight)
        if self.a is not None and self.b is not None and self.scale:
            narrow = F.linear(x, self.a).flatten(0, -2)
            wide = torch.addmm(y.flatten(0, -2), narrow, self.b.T, alpha=self.scale)
            return wide.view(y.shape)
        return y


class Embedding(nn.Module):
    """A row of the table for each token; the table is also the head."""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary, width))

    def forward(self, ids: Tensor) -> Tensor:
        """Shapes: (B, T) to (B, T, C)."""
        return F.embedding(ids, self.weight)


class Layer(nn.Module):
    """x + attention(norm(x)), then x + ffn(norm(x)): grouped queries, rotary positions, SwiGLU."""

    def __init__(self, config: LlamaConfig, number: int) -> None:
        super().__init__()
        self.config, self.number = config, number
        narrow = config.kv_heads * config.head_size
        self.attention_norm = RMSNorm(config.width, config.epsilon)
        self.q = Linear(config.width, config.width)
        self.k = Linear(config.width, narrow)
        self.v = Linear(config.width, narrow)
        self.o = Linear(config.width, config.width)
        self.ffn_norm = RMSNorm(config.width, config.epsilon)
        self.gate = Linear(config.width, config.hidden)
        self.up = Linear(config.width, config.hidden)
        self.down = Linear(config.hidden, config.width)

    def forward(
        self, x: Tensor, rotation: Tensor, mask: Tensor | None, cache: Cache | None
    ) -> Tensor:
        """Shapes: x (B, T, C) to (B, T, C), mask (B, 1, T, S) or None for the causal one."""
        normed = self.attention_norm(x)
        query, key, value = (
            part(normed).unflatten(-1, (-1, self.config.head_size)).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )  # (B, H, T, D), (B, G, T, D) twice
        query, key = rotate(query, rotation), rotate(key, rotation)
        if cache is not None:
            key, value = cache.extend(self.number, key, value)
        share = self.config.heads // self.config.kv_heads
        key, value = (part.repeat_interleave(share, dim=1) for part in (key, value))  # (B, H, S, D)
        mixed = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None
        )  # (B, H, T, D)
        x = x + self.o(mixed.transpose(1, 2).flatten(-2))  # (B, T, C)
        normed = self.ffn_norm(x)
        return x + self.down(F.silu(self.gate(normed)) * self.up(normed))


class Llama(nn.Module):
    """Token numbers → embedding → layers → norm → logits, the head tied to the embedding.

    Source: Touvron et al., "LLaMA" (2023), section 2.2; grouped queries after Ainslie et al.,
    "GQA" (2023); the sizes are the file's.
    Differs: queries and keys are rotated in interleaved pairs (2i, 2i + 1), the order in which
    llama.cpp's files hold their rows, and not in halves (i, i + D/2) as in transformers.
    Checked by: tests/alignment/test_model.py (a loop in float64, room 4.2's network).
    """

    rotation: Tensor

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Layer(config, number) for number in range(config.layers))
        self.norm = RMSNorm(config.width, config.epsilon)
        table = rotations(torch.arange(config.context), config.head_size, config.rope_base)
        self.register_buffer("rotation", table, persistent=False)  # (context, D/2)

    def run(
        self,
        x: Tensor,
        first: int = 0,
        last: int | None = None,
        *,
        real: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Hidden states after layers `first` to `last` (exclusive).

        `real` (B, S) marks padding on the left with False; padding on the right needs no mark,
        since no real token looks at it.
        Shapes: x (B, T, C) to (B, T, C).
        Raises: `ValueError` when the tokens exceed the context.
        """
        past = 0 if cache is None else cache.length
        tokens = x.shape[1]
        if past + tokens > self.config.context:
            raise ValueError(
                f"{past + tokens} tokens are more than the context of {self.config.context}"
            )
        wide = torch.complex128 if x.dtype == torch.float64 else torch.complex64
        rotation = self.rotation[past : past + tokens].to(wide)  # (T, D/2)
        mask = None if past == 0 and real is None else _mask(tokens, past + tokens, real)
        for layer in self.layers[first:last]:
            x = layer(x, rotation, mask, cache)
        return x

    def logits(self, x: Tensor) -> Tensor:
        """Hidden states after the last layer to logits: (…, C) to (…, V)."""
        return F.linear(self.norm(x), self.embedding.weight)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of the next token at every position: (B, T) to (B, T, V)."""
        return self.logits(self.run(self.embedding(ids)))


def _mask(tokens: int, keys: int, real: Tensor | None) -> Tensor:
    causal = torch.ones(tokens, keys, dtype=torch.bool).tril(keys - tokens)  # (T, S)
    if real is None:
        return causal
    own = causal & ~causal.tril(-1 + keys - tokens)  # the diagonal: a row of nothing is NaN
    return ((causal & real[:, None, :]) | own)[:, None]  # (B, 1, T, S)


def from_gpt(gpt: GPT, context: int | None = None) -> Llama:
    """Room 4.2's network as a `Llama`: the same function, with as many key heads as query heads.

    `context` may exceed the network's own: rotary positions are computed, not learnt.

    Raises: `ValueError` for a variant that is no llama (LayerNorm, GELU, an untied head).
    """
    sizes = gpt.config
    if (sizes.norm, sizes.ffn, sizes.tied) != ("rms", "swiglu", True):
        raise ValueError("only a network with RMSNorm, SwiGLU and a tied head is a llama")
    config = LlamaConfig(
        vocabulary=sizes.vocabulary,
        context=context or sizes.context,
        layers=sizes.layers,
        heads=sizes.heads,
        kv_heads=sizes.heads,
        width=sizes.width,
        hidden=sizes.hidden,
        rope_base=sizes.rope_base,
        epsilon=gpt.norm.epsilon,
    )
    weights = gpt.state_dict()
    renamed = {"embedding.weight": weights["embedding.weight"], "norm.gain": weights["norm.gain"]}
    for number in range(sizes.layers):
        old, new = f"blocks.{number}.", f"layers.{number}."
        for norm in ("attention_norm.gain", "ffn_norm.gain"):
            renamed[new + norm] = weights[old + norm]
        qkv = weights[old + "attention.qkv.weight"].chunk(3)
        gate_up = weights[old + "ffn.up.weight"].chunk(2)
        parts = dict(zip("qkv", qkv, strict=True)) | dict(zip(("gate", "up"), gate_up, strict=True))
        parts |= {
            "o": weights[old + "attention.out.weight"],
            "down": weights[old + "ffn.out.weight"],
        }
        renamed |= {f"{new}{name}.weight": part for name, part in parts.items()}
    model = Llama(config)
    model.load_state_dict(renamed)
    return model.eval()
