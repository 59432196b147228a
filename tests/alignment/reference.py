"""The network again, a loop over positions and heads in NumPy float64: slow, and nothing shared."""

import numpy as np
from torch import Tensor

from groundwork.alignment.model import LlamaConfig


def logits(state: dict[str, Tensor], config: LlamaConfig, ids: list[int]) -> np.ndarray:
    """Logits at every position of one sequence, (T, V)."""
    w = {name: value.detach().double().numpy() for name, value in state.items()}
    size, share = config.width // config.heads, config.heads // config.kv_heads
    x = [w["embedding.weight"][token] for token in ids]
    for layer in range(config.layers):
        at = f"layers.{layer}."
        keys: list[np.ndarray] = []
        values: list[np.ndarray] = []
        new = []
        for position, row in enumerate(x):
            normed = norm(row, w[at + "attention_norm.gain"], config.epsilon)
            q = (w[at + "q.weight"] @ normed).reshape(config.heads, size)
            k = (w[at + "k.weight"] @ normed).reshape(config.kv_heads, size)
            keys.append(np.array([turn(head, position, config.rope_base) for head in k]))
            values.append((w[at + "v.weight"] @ normed).reshape(config.kv_heads, size))
            heads = []
            for head in range(config.heads):
                asked = turn(q[head], position, config.rope_base)
                scores = np.array([asked @ key[head // share] for key in keys]) / np.sqrt(size)
                weights = np.exp(scores - scores.max())
                weights /= weights.sum()
                heads.append(
                    sum(a * v[head // share] for a, v in zip(weights, values, strict=True))
                )
            row = row + w[at + "o.weight"] @ np.concatenate(heads)
            normed = norm(row, w[at + "ffn_norm.gain"], config.epsilon)
            gate = w[at + "gate.weight"] @ normed
            inner = gate / (1 + np.exp(-gate)) * (w[at + "up.weight"] @ normed)
            new.append(row + w[at + "down.weight"] @ inner)
        x = new
    last = [norm(row, w["norm.gain"], config.epsilon) for row in x]
    return np.array([w["embedding.weight"] @ row for row in last])


def norm(x: np.ndarray, gain: np.ndarray, epsilon: float) -> np.ndarray:
    return x / np.sqrt((x * x).mean() + epsilon) * gain


def turn(x: np.ndarray, position: int, base: float) -> np.ndarray:
    """Pairs (2i, 2i + 1) turned by position · base^(-2i/D), with sines and cosines."""
    out = x.copy()
    for i in range(0, len(x), 2):
        angle = position * base ** (-i / len(x))
        c, s = np.cos(angle), np.sin(angle)
        out[i], out[i + 1] = x[i] * c - x[i + 1] * s, x[i] * s + x[i + 1] * c
    return out


def log_prob(
    state: dict[str, Tensor], config: LlamaConfig, ids: list[int], mask: list[bool]
) -> float:
    """log π of the marked tokens, one at a time."""
    table = logits(state, config, ids)
    total = 0.0
    for at in range(1, len(ids)):
        if mask[at]:
            row = table[at - 1]
            total += row[ids[at]] - row.max() - np.log(np.exp(row - row.max()).sum())
    return total
