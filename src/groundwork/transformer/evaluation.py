"""Evaluation: the mean loss over a whole split, and what makes two tokenizers comparable."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundwork.transformer.data import sweep
from groundwork.transformer.model import GPT


@contextmanager
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Evaluation mode within the block; afterwards each module is in the mode that it had."""
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        yield model
    finally:
        for module in training:
            module.training = True


def next_token_loss(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of the next token, in nats a token.

    Shapes: inputs and targets (B, T) to a scalar.
    """
    logits = model(inputs)  # (B, T, V)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def split_loss(model: GPT, tokens: np.ndarray, *, batch: int = 128) -> float:
    """Mean loss over every target of `tokens` (nats a token), dropout off, in float32.

    The windows lie side by side and never change, so two calls differ only by the model.
    Checked by: tests/transformer/test_training.py (one window at a time, in float64).
    """
    device = model.embedding.weight.device
    total = 0.0
    with evaluating(model):
        for inputs, targets in sweep(tokens, model.config.context, batch):
            loss = next_token_loss(model, inputs.to(device), targets.to(device))
            total += loss.item() * targets.numel()
    return total / (len(tokens) - 1)


def bits_per_character(loss: float, tokens: int, characters: int) -> float:
    """Nats a token made into bits a character, the one unit that tokenizers share.

    A tokenizer with longer tokens has fewer and harder targets: its loss a token says nothing
    beside another's. Both spend their bits on the same text.
    """
    return loss * tokens / characters / math.log(2)
