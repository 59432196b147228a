"""A training step and sampling, timed against diffusers' UNet2DModel where that is installed."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional

from groundwork.core.claims import Claim, claim, measured
from groundwork.core.timing import interleave, ratio, summary
from groundwork.diffusion.io import load
from groundwork.diffusion.sampling import ddim_sample
from groundwork.pipeline import step
from groundwork.pipeline.step import bounded, knob


class Settings(step.Settings):
    """The clock."""

    batch: int = knob("Images in a training step.", ge=1)
    repeats: int = knob("Steps of each library, in turn.", ge=2)
    samples: int = knob("Images sampled.", ge=1)
    calls: int = knob("Network calls of a sample.", ge=1)
    sample_batch: int = knob("Images in a call.", ge=1)
    channels: list[bounded(int, ge=1)] = knob(
        "Channels at each resolution of diffusers' network, chosen for as many parameters.",
        min_length=1,
    )
    threads: int = knob("PyTorch's threads.", ge=1)
    sample_threads: int = knob("PyTorch's threads in sampling.", ge=1)
    seed: int = knob("Seed of images and noise.", ge=0)


def main(settings: Settings, *, checkpoint: Path) -> step.Claims:
    torch.set_num_threads(settings.threads)
    model = load(checkpoint).train()
    torch.manual_seed(settings.seed)
    steps = {"ours": _stepper(model, lambda x, t: model(x, t), settings, model.config.size)}
    baseline = _diffusers(settings, model.config.size)
    if baseline is not None:
        steps["baseline"] = _stepper(
            baseline, lambda x, t: baseline(x, t).sample, settings, model.config.size
        )
    times = interleave(steps, repeats=settings.repeats, warmup=1)
    claims: dict[str, Claim] = {
        "step_time": measured(summary(1e3 * s for s in times["ours"]), "ms"),
        "parameters": claim(model.parameter_count(), "", "exact"),
        "baseline_there": claim(baseline is not None, "", "exact"),
    }
    if baseline is not None:
        claims["step_ratio"] = measured(ratio(times["ours"], times["baseline"]))
        count = sum(p.numel() for p in baseline.parameters())
        claims["baseline_parameters"] = claim(count, "", "exact")
    torch.set_num_threads(settings.sample_threads)
    model.eval()
    shape = (settings.samples, 1, model.config.size, model.config.size)
    start = time.perf_counter()
    ddim_sample(model, shape, settings.seed, calls=settings.calls, batch=settings.sample_batch)
    seconds = time.perf_counter() - start
    claims["sample_seconds"] = claim(seconds, "s")
    claims["per_thousand"] = claim(
        seconds * 1000 / settings.samples * 50 / settings.calls, "s", n=settings.samples
    )
    return claims


def _stepper(
    model: torch.nn.Module,
    predict: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    settings: Settings,
    size: int,
) -> Callable[[], object]:
    """One update on fixed images: forward, backward, AdamW."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    x = torch.randn(settings.batch, 1, size, size)
    t = torch.randint(1, 1000, (settings.batch,))

    def update() -> None:
        optimizer.zero_grad(set_to_none=True)
        functional.mse_loss(predict(x, t), x).backward()
        optimizer.step()

    return update


def _diffusers(settings: Settings, size: int):
    """diffusers' network with attention at its smallest resolution only, or None."""
    try:
        from diffusers import UNet2DModel
    except ImportError:
        return None
    levels = len(settings.channels)
    return UNet2DModel(
        sample_size=size,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=tuple(settings.channels),
        norm_num_groups=8,
        down_block_types=("DownBlock2D",) * (levels - 1) + ("AttnDownBlock2D",),
        up_block_types=("AttnUpBlock2D",) + ("UpBlock2D",) * (levels - 1),
    ).to(memory_format=torch.channels_last)


if __name__ == "__main__":
    step.run(main)
