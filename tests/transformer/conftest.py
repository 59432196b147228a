"""Small models that the room's tests share."""

import pytest
import torch

from groundwork.transformer.model import GPT, GPTConfig

SMALL = GPTConfig(vocabulary=11, context=16, layers=2, heads=3, width=24, hidden=20, tied=False)


@pytest.fixture
def small() -> GPT:
    """A float64 model, so that an oracle may be met to rounding."""
    torch.manual_seed(0)
    return _spread(GPT(SMALL).double().eval())


@pytest.fixture
def single() -> GPT:
    """The same in float32."""
    torch.manual_seed(0)
    return _spread(GPT(SMALL).eval())


def _spread(model: GPT) -> GPT:
    """Embeddings and logits of ordinary size, so that a fault shows and texts vary."""
    generator = torch.Generator().manual_seed(1)
    torch.nn.init.normal_(model.embedding.weight, generator=generator)
    torch.nn.init.normal_(model.head.weight, std=0.4, generator=generator)
    return model
