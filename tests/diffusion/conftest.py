"""Small networks and images that cost no time."""

import pytest
import torch

from groundwork.diffusion import ScheduleConfig, UNet, UNetConfig

SHORT = ScheduleConfig(steps=50, beta_start=0.002, beta_end=0.4)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def small():
    """A network of 8×8 images whose zeroed layers have been shaken, so that everything matters."""
    torch.manual_seed(0)
    model = UNet(UNetConfig(8, (4, 8), group=2, heads=1, time=8, schedule=SHORT))
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.1 * torch.randn_like(value))
    return model.eval()


@pytest.fixture
def images():
    """Sixty-four blobs in [−1, 1], (64, 1, 8, 8)."""
    generator = torch.Generator().manual_seed(1)
    centre = torch.rand(64, 2, 1, 1, generator=generator) * 6 + 1
    y, x = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    gap = (y - centre[:, 0]).square() + (x - centre[:, 1]).square()
    return (2 * torch.exp(-gap / 4) - 1).unsqueeze(1)
