"""The network: shapes, the skip, what it depends on, what it refuses."""

import pytest
import torch

from groundwork.diffusion import ScheduleConfig, UNet, UNetConfig
from groundwork.diffusion.model import time_features
from groundwork.diffusion.training import epsilon_loss


def test_the_output_has_the_shape_of_its_input_and_depends_on_time(small):
    x = torch.randn(3, 1, 8, 8)
    early, late = small(x, torch.full((3,), 1)), small(x, torch.full((3,), 40))
    assert early.shape == x.shape
    assert not torch.allclose(early, late)


def test_images_and_times_of_a_batch_do_not_mix(small):
    x, t = torch.randn(4, 1, 8, 8), torch.tensor([1, 10, 30, 50])
    whole = small(x, t)
    alone = torch.cat([small(x[i : i + 1], t[i : i + 1]) for i in range(4)])
    assert torch.allclose(whole, alone, atol=1e-5)


def test_an_untrained_network_with_the_skip_is_exact_in_pure_noise():
    """It starts as √(1 − ᾱ)·x, the best guess where x is noise; without the skip it starts at 0."""
    x, t = torch.randn(5, 1, 8, 8), torch.full((5,), 1000)
    for skip in (True, False):
        model = UNet(UNetConfig(8, (4, 8), group=2, heads=1, time=8, noise_skip=skip))
        assert torch.allclose(model(x, t), x if skip else torch.zeros_like(x), atol=1e-4)


def test_what_the_skip_leaves_to_the_network_is_the_velocity(small):
    """With F = √ᾱ ε − √(1 − ᾱ) x_0 the prediction is ε, at every t."""
    x0, noise, t = torch.rand(3, 1, 8, 8), torch.randn(3, 1, 8, 8), torch.tensor([1, 20, 50])
    level = small.schedule.alpha_bar[t].float().reshape(-1, 1, 1, 1)
    target = level.sqrt() * noise - (1 - level).sqrt() * x0
    small.residual = lambda *_: target
    assert float(epsilon_loss(small, x0, t, noise).max()) < 1e-10


def test_every_weight_gets_a_gradient(small):
    small.train()
    x, noise = torch.rand(4, 1, 8, 8), torch.randn(4, 1, 8, 8)
    epsilon_loss(small, x, torch.tensor([1, 10, 30, 50]), noise).mean().backward()
    for name, value in small.named_parameters():
        assert value.grad is not None, name
        assert float(value.grad.abs().max()) > 0, name


def test_gradients_agree_with_differences():
    torch.manual_seed(1)
    model = UNet(UNetConfig(4, (2, 4), group=1, heads=1, time=4)).double()
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.2 * torch.randn_like(value))
    x = torch.randn(2, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    model.embed.register_forward_pre_hook(lambda _, inputs: (inputs[0].double(),))
    assert torch.autograd.gradcheck(lambda x: model(x, torch.tensor([3, 700])), x, atol=1e-6)


def test_time_features_are_sines_and_cosines():
    found = time_features(torch.tensor([0, 7]), 4)
    wanted = torch.tensor([7.0, 0.07]).sin().tolist() + torch.tensor([7.0, 0.07]).cos().tolist()
    assert found[0].tolist() == [0, 0, 1, 1]
    assert found[1].tolist() == pytest.approx(wanted, abs=1e-5)


def test_other_images_are_refused_by_name(small):
    for shape in [(1, 1, 28, 28), (1, 3, 8, 8), (8, 8)]:
        with pytest.raises(ValueError, match=r"images must be \(N, 1, 8, 8\)"):
            small(torch.zeros(shape), torch.ones(1, dtype=torch.long))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 10, "channels": (8, 8, 8)}, "cannot be halved"),
        ({"channels": (6, 8, 8)}, "groups"),
        ({"channels": (8, 8, 8), "heads": 3}, "heads"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        UNetConfig(**change)


def test_the_default_network_is_as_large_as_its_page_says():
    assert 3e5 < UNet(UNetConfig(time=64)).parameter_count() < 5e5
    assert UNetConfig().schedule == ScheduleConfig(steps=1000)
