"""The model against a loop over every query, and against PyTorch's ready-made parts."""

import math
from dataclasses import replace

import pytest
import torch

from groundwork.transformer import checks
from groundwork.transformer.model import (
    GPT,
    Attention,
    GPTConfig,
    LayerNorm,
    RMSNorm,
    attention_weights,
    causal_mask,
    rotate,
    rotations,
)

from .conftest import SMALL, _spread

VARIANTS = [(norm, ffn, tied) for norm in ("rms", "layer") for ffn in ("swiglu", "gelu")
            for tied in (True, False)]  # fmt: skip


@pytest.mark.parametrize(("norm", "ffn", "tied"), VARIANTS)
def test_logits_and_gradients_equal_the_ready_made_twin(norm: str, ffn: str, tied: bool) -> None:
    torch.manual_seed(0)
    model = _spread(GPT(replace(SMALL, norm=norm, ffn=ffn, tied=tied)).double())
    ids = checks.random_ids(model, 3, 16, 1)
    assert checks.logit_error(model, ids) <= 1e-11
    assert checks.gradient_error(model, ids) <= 1e-11


def test_attention_equals_a_loop_over_every_query() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, 2, 3, 5, 4, generator=generator, dtype=torch.float64)
    weights = attention_weights(query, key, causal_mask(5, 5))
    output = weights @ value
    for b in range(2):
        for h in range(3):
            for i in range(5):
                scores = [float(query[b, h, i] @ key[b, h, j]) / math.sqrt(4) for j in range(i + 1)]
                terms = [math.exp(score) for score in scores]
                share = [term / sum(terms) for term in terms]
                expected = sum(s * value[b, h, j] for j, s in enumerate(share))
                torch.testing.assert_close(output[b, h, i], expected)
                assert weights[b, h, i, i + 1 :].eq(0).all()
                torch.testing.assert_close(weights[b, h, i].sum().item(), 1.0)


def test_dropout_thins_the_weights_in_training_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 5, 24, generator=generator)
    layer = Attention(replace(SMALL, dropout=0.5), 0)
    rest = rotations(torch.arange(5), SMALL.head_size).to(torch.complex64), causal_mask(5, 5)
    whole = layer.eval()(x, *rest)
    query, key, value = (
        part.unflatten(-1, (3, -1)).transpose(1, 2) for part in layer.qkv(x).chunk(3, dim=-1)
    )
    weights = attention_weights(rotate(query, rest[0]), rotate(key, rest[0]), rest[1])
    assert torch.equal(layer.out((weights @ value).transpose(1, 2).flatten(-2)), whole)
    torch.manual_seed(1)
    thinned = layer.train()(x, *rest)
    torch.manual_seed(1)
    expected = torch.nn.functional.dropout(weights, 0.5) @ value
    assert torch.equal(thinned, layer.out(expected.transpose(1, 2).flatten(-2)))
    assert not torch.equal(thinned, whole)
    model = GPT(replace(SMALL, dropout=0.5))
    ids = checks.random_ids(model, 2, 9, 0)
    assert not torch.equal(model.train()(ids), model.train()(ids))
    assert torch.equal(model.eval()(ids), model.eval()(ids))


def test_norms_equal_their_formulas() -> None:
    x = torch.randn(4, 24, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3 + 1
    rms = x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(RMSNorm(24).double()(x), rms)
    layer = torch.nn.functional.layer_norm(x, (24,))
    torch.testing.assert_close(LayerNorm(24).double()(x), layer)


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("padding", [1, 7])
def test_padding_changes_no_real_logit_and_makes_no_nan(
    small: GPT, left: bool, padding: int
) -> None:
    ids = checks.random_ids(small, 3, 9, 2)
    assert checks.padding_error(small, ids, padding, left=left) <= 1e-11


def test_cache_equals_reading_at_once(small: GPT) -> None:
    """Checks Proposition prp-cache."""
    ids = checks.random_ids(small, 3, 16, 3)
    for chunks in ([16], [1] * 16, [5, 1, 1, 9], [15, 1]):
        assert checks.cache_error(small, ids, chunks) <= 1e-11


def test_full_size_has_the_parameters_it_should() -> None:
    """10.65 M ± 0.5 M, and the sum written out."""
    config = GPTConfig(vocabulary=65, context=256, layers=6, heads=6, width=384, hidden=1024)
    count = GPT(config).parameter_count()
    assert abs(count - 10_650_000) <= 500_000
    by_hand = 65 * 384 + 6 * (4 * 384**2 + 3 * 384 * 1024 + 2 * 384) + 384
    assert count == by_hand


def test_first_loss_is_that_of_guessing_and_activations_keep_their_scale() -> None:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocabulary=65, context=64, layers=4, heads=4, width=128, hidden=344))
    ids = checks.random_ids(model, 8, 64, 0)
    loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.roll(-1).flatten())
    assert abs(loss.item() - math.log(65)) < 0.1
    seen: list[float] = []
    for block in model.blocks:
        block.attention.qkv.register_forward_hook(lambda *call: seen.append(call[2].std().item()))
    model(ids)
    assert all(0.7 < std < 1.4 for std in seen), seen


@pytest.mark.parametrize(
    ("change", "word"),
    [({"vocabulary": 0}, "vocabulary"), ({"heads": 5}, "heads"), ({"norm": "batch"}, "norm"), ({"ffn": "relu"}, "ffn"),
     ({"dropout": 1.0}, "dropout"), ({"layers": 0}, "layers"), ({"width": 9, "heads": 3}, "pairs")],
)  # fmt: skip
def test_impossible_sizes_are_refused_by_name(change: dict, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        replace(SMALL, **change)


def test_too_many_tokens_are_refused(small: GPT) -> None:
    with pytest.raises(ValueError, match="17 tokens exceed the context 16"):
        small(checks.random_ids(small, 1, 17, 0))
