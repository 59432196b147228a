"""A decoder-only transformer in one file: indices to logits, every step of attention by hand.

Longer than the house's 250 lines on purpose: the whole network, from rotary embedding to loss,
can be read from top to bottom without opening a second file.

Axis letters: B sequences in the batch, T tokens in each, C channels (the width), H heads,
D = C / H channels of one head, S keys (S = T without a cache), V entries of the vocabulary.
"""

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes and choices of a `GPT`, all but the vocabulary, which its tokenizer brings.

    `context`: tokens seen at once; `width`: channels C; `hidden`: channels inside the feed-forward
    block; `dropout`: a probability; `norm`: "rms" or "layer"; `ffn`: "swiglu" or "gelu";
    `rope_base`: about the longest wavelength / 2π; `tied`: one matrix for embedding and logits.
    Raises: `ValueError` for sizes that cannot fit together.
    """

    context: int
    layers: int
    heads: int
    width: int
    hidden: int
    dropout: float = 0.0
    norm: str = "rms"
    ffn: str = "swiglu"
    rope_base: float = 10_000.0
    tied: bool = True

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not field.type and not (field.type is float and type(value) is int):
                raise ValueError(f"{field.name} is {value!r:.40}, not a {field.type}")
            if type(value) is int and value < 1:
                raise ValueError(f"{field.name} must be at least 1, not {value}")
        if self.width % (2 * self.heads):
            raise ValueError(
                f"width {self.width} does not split into {self.heads} heads of even size: "
                "rotary embedding turns channels in pairs"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie in [0, 1), not {self.dropout}")
        if self.norm not in NORMS:
            raise ValueError(f"norm {self.norm!r} is none of {', '.join(NORMS)}")
        if self.ffn not in FFNS:
            raise ValueError(f"ffn {self.ffn!r} is none of {', '.join(FFNS)}")

    @property
    def head_size(self) -> int:
        """Channels of one head."""
        return self.width // self.heads


@dataclass(frozen=True, kw_only=True)
class GPTConfig(Sizes):
    """`Sizes` and the number of tokens that can be read and written."""

    vocabulary: int


# --- Rotary position embedding --------------------------------------------------------------


def rotations(positions: Tensor, head_size: int, base: float = 10_000.0) -> Tensor:
    """The unit complex numbers e^{i m θ_j} by which RoPE multiplies pair j at position m.

    Shapes: positions (T,) to (T, D/2), complex128. θ_j = base^(-2j/D): pair 0 turns one radian a
    token, the last pair about base times slower.

    Source: Su et al., "RoFormer" (2021), equations 13 to 15.
    Checked by: tests/transformer/test_rope.py (relative property, the paper's frequencies).
    """
    pair = torch.arange(0, head_size, 2, dtype=torch.float64, device=positions.device)  # (D/2,)
    frequency = base ** (-pair / head_size)
    angle = torch.outer(positions.to(torch.float64), frequency)  # (T, D/2)
    return torch.polar(torch.ones_like(angle), angle)


def rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Queries or keys turned by their positions: one complex multiplication per channel pair.

    Channels 2j and 2j+1 are the real and imaginary part of one complex number ("interleaved"
    pairs, as in RoFormer and LLaMA's own code; the half-split layout pairs j with j + D/2 and is
    the same map after a fixed permutation of the query and key weights).

    Shapes: x (…, T, D), rotation (T, D/2) complex; the result is like x.
    Differs: half-precision input is widened to float32 first, since complex numbers made of two
    16-bit floats lose the angle (and have no CPU kernel).
    Checked by: tests/transformer/test_rope.py (the twin `reference.turn` of sines and cosines).
    """
    wide = x if x.dtype == torch.float64 else x.float()
    pairs = torch.view_as_complex(wide.unflatten(-1, (-1, 2)).contiguous())  # (…, T, D/2) complex
    return torch.view_as_real(pairs * rotation).flatten(-2).to(x.dtype)  # (…, T, D)


# --- Attention ------------------------------------------------------------------------------


def causal_mask(queries: int, keys: int, device: torch.device | None = None) -> Tensor:
    """True where a query may look: at itself and at what came before.

    With a cache `keys` exceeds `queries`: query t stands at position keys - queries + t.
    Shapes: (T, S), boolean.
    """
    everything = torch.ones(queries, keys, dtype=torch.bool, device=device)
    return everything.tril(diagonal=keys - queries)


def padded_mask(causal: Tensor, real: Tensor) -> Tensor:
    """The causal mask narrowed to real keys; a row always keeps itself.

    Without that exception a padding query on the left would have nothing to look at, and a
    softmax over nothing is NaN, which 0 · NaN would spread to every row.

    Shapes: causal (T, S), real (B, S) boolean (False marks padding) to (B, 1, T, S).
    """
    queries, keys = causal.shape
    own = torch.ones_like(causal).tril(keys - queries).triu(keys - queries)  # (T, S) diagonal
    return (causal & real[:, None, None, :]) | own  # (B, 1, T, S)


def attention_weights(query: Tensor, key: Tensor, mask: Tensor) -> Tensor:
    """softmax(Q Kᵀ / √D): how much of each value every query takes.

    Dividing by √D keeps the variance of a score at 1 where the entries of q and k have variance 1;
    without it the softmax of a wide head starts saturated and passes no gradient.

    Shapes: query (B, H, T, D), key (B, H, S, D), mask (T, S) or (B, 1, T, S) to (B, H, T, S).

    Source: Vaswani et al., "Attention Is All You Need" (2017), equation 1.
    Checked by: tests/transformer/test_model.py (loop over every query, ready-made twin).
    """
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (B, H, T, S)
    scores = scores.masked_fill(~mask, -torch.inf)  # exactly zero weight, not merely a small one
    return scores.softmax(dim=-1)  # (B, H, T, S), rows sum to 1


class KVCache:
    """Keys and values of the tokens seen so far, per layer, in buffers of fixed size."""

    def __init__(self, config: GPTConfig, batch: int, like: Tensor) -> None:
        shape = (config.layers, batch, config.heads, config.context, config.head_size)
        self.keys = like.new_empty(shape)  # (layers, B, H, context, D)
        self.values = like.new_empty(shape)
        self.length = 0

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store new keys and values of one layer; return all of them so far, (B, H, S, D) each."""
        if key.shape[0] != self.keys.shape[1]:  # one row would be spread over all
            raise ValueError(f"a cache of {self.keys.shape[1]} sequences got {key.shape[0]}")
        end = self.length + key.shape[-2]
        self.keys[layer, :, :, self.length : end] = key
        self.values[layer, :, :, self.length : end] = value
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]


class Attention(nn.Module):
    """Causal multi-head self-attention with rotary positions."""

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        self.heads, self.layer = config.heads, layer
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.dropout = nn.Dropout(config.dropout)  # what enters it are the weights: see analysis.py
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self, x: Tensor, rotation: Tensor, mask: Tensor, cache: KVCache | None = None
    ) -> Tensor:
        """Shapes: (B, T, C) to (B, T, C)."""
        query, key, value = self.qkv(x).chunk(3, dim=-1)  # (B, T, C) each
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, T, D)
            for part in (query, key, value)
        )
        # Only what is compared is turned: a rotated value would carry its position into the sum.
        query, key = rotate(query, rotation), rotate(key, rotation)
        if cache is not None:
            key, value = cache.extend(self.layer, key, value)  # (B, H, S, D) each
        weights = self.dropout(attention_weights(query, key, mask))  # (B, H, T, S)
        mixed = weights @ value  # (B, H, T, D)
        merged = mixed.transpose(1, 2).flatten(-2)  # (B, T, C): heads side by side
        return self.out(merged)


# --- Norms and feed-forward blocks ----------------------------------------------------------


class RMSNorm(nn.Module):
    """x / √(mean x² + ε) · g: LayerNorm without its mean and bias.

    Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019), equation 4.
    """

    def __init__(self, width: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Shapes: (…, C) to (…, C)."""
        wide = x if x.dtype == torch.float64 else x.float()  # squares overflow in float16
        scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)  # (…, 1)
        return (wide * scale).to(x.dtype) * self.gain


class LayerNorm(nn.Module):
    """(x - mean) / √(variance + ε) · g, without bias.

    Source: Ba et al., "Layer Normalization" (2016), equation 4.
    """

    def __init__(self, width: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Shapes: (…, C) to (…, C)."""
        wide = x if x.dtype == torch.float64 else x.float()
        centred = wide - wide.mean(-1, keepdim=True)
        scale = torch.rsqrt(centred.square().mean(-1, keepdim=True) + self.epsilon)  # (…, 1)
        return (centred * scale).to(x.dtype) * self.gain


class SwiGLU(nn.Module):
    """W₃(silu(W₁x) ⊙ W₂x): a feed-forward block whose one half gates the other.

    Three matrices: hidden = 8C/3 has the parameters of GELU's usual 4C.
    Source: Shazeer, "GLU Variants Improve Transformer" (2020), equation 6.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 2 * hidden, bias=False)  # W₁ and W₂ in one product
        self.out = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Shapes: (B, T, C) to (B, T, C)."""
        gate, content = self.up(x).chunk(2, dim=-1)  # (B, T, hidden) each
        return self.out(F.silu(gate) * content)


class GELU(nn.Module):
    """W₂ gelu(W₁x): the feed-forward block of GPT-2.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016).
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, hidden, bias=False)
        self.out = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Shapes: (B, T, C) to (B, T, C)."""
        return self.out(F.gelu(self.up(x)))


NORMS: dict[str, type[RMSNorm] | type[LayerNorm]] = {"rms": RMSNorm, "layer": LayerNorm}
FFNS: dict[str, type[SwiGLU] | type[GELU]] = {"swiglu": SwiGLU, "gelu": GELU}


# --- The network ----------------------------------------------------------------------------


class Block(nn.Module):
    """x + attention(norm(x)), then x + ffn(norm(x)).

    The norm stands inside the branch ("pre-norm"), so the residual stream itself is never
    rescaled and gradients reach the embedding unhindered at any depth.
    Source: Xiong et al., "On Layer Normalization in the Transformer Architecture" (2020), table 1.
    """

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        norm = NORMS[config.norm]
        self.attention_norm, self.ffn_norm = norm(config.width), norm(config.width)
        self.attention = Attention(config, layer)
        self.ffn = FFNS[config.ffn](config.width, config.hidden)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Tensor, rotation: Tensor, mask: Tensor, cache: KVCache | None = None
    ) -> Tensor:
        """Shapes: (B, T, C) to (B, T, C)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), rotation, mask, cache))
        return x + self.dropout(self.ffn(self.ffn_norm(x)))


class GPT(nn.Module):
    """Indices → embedding → N × (attention + feed-forward, each behind a norm) → logits."""

    rotation: Tensor

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.norm = NORMS[config.norm](config.width)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        if config.tied:
            self.head.weight = self.embedding.weight
        table = rotations(torch.arange(config.context), config.head_size, config.rope_base)
        self.register_buffer("rotation", table, persistent=False)  # (context, D/2)
        self._initialise()

    def _initialise(self) -> None:
        """Weights by fan-in, so that what goes into each nonlinearity starts with variance 1.

        A norm hands every layer inputs of variance 1, so N(0, 1/fan-in) keeps it. The 2 × layers
        products that are added to the residual stream are divided by √(2 × layers), so that the
        stream's variance at the top does not grow with depth (Radford et al., GPT-2, section 2.3).
        The embedding is small (0.02): tied to the output it gives logits near 0, so the first
        loss is close to that of guessing, ln V.
        """
        for name, weight in self.named_parameters():
            if name in ("embedding.weight", "head.weight"):
                nn.init.normal_(weight, std=0.02)
            elif weight.dim() == 2:
                std = 1 / math.sqrt(weight.shape[1])
                if name.endswith("out.weight"):
                    std /= math.sqrt(2 * self.config.layers)
                nn.init.normal_(weight, std=std)

    def parameter_count(self) -> int:
        """Trainable numbers; a tied matrix counts once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def new_cache(self, batch: int = 1) -> KVCache:
        """An empty cache for `batch` sequences of at most `context` tokens."""
        return KVCache(self.config, batch, self.embedding.weight)

    def forward(
        self, ids: Tensor, *, real: Tensor | None = None, cache: KVCache | None = None
    ) -> Tensor:
        """Logits of the next token at every position.

        `real` (B, S) marks padding with False. `cache` holds what came before `ids`, and takes
        them in.

        Shapes: ids (B, T) to (B, T, V).
        Raises: `ValueError` when the tokens do not fit the context.
        Checked by: tests/transformer/test_model.py, test_causality.py, test_generation.py.
        """
        tokens = ids.shape[1]
        past = 0 if cache is None else cache.length
        if past + tokens > self.config.context:
            raise ValueError(f"{past + tokens} tokens exceed the context {self.config.context}")
        x = self.dropout(self.embedding(ids))  # (B, T, C)
        wide = torch.complex128 if x.dtype == torch.float64 else torch.complex64
        rotation = self.rotation[past : past + tokens].to(wide)  # (T, D/2)
        mask = causal_mask(tokens, past + tokens, ids.device)  # (T, S)
        if real is not None:
            mask = padded_mask(mask, real)  # (B, 1, T, S)
        for block in self.blocks:
            x = block(x, rotation, mask, cache)  # (B, T, C)
        if cache is not None:
            cache.length += tokens
        return self.head(self.norm(x))  # (B, T, V)
