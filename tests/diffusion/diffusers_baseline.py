"""Time a training step against diffusers' UNet2DModel, and record the ratio.

    pip install --no-deps diffusers huggingface_hub        # no part of the pinned environment
    python tests/diffusion/diffusers_baseline.py src/recorded/<machine>/diffusion/baseline.json

All in one run and in turn, the same images, batch and threads; diffusers' network with attention at
its smallest resolution only, channels chosen for about as many parameters, groups of the size with
which it is fastest, and AdamW. Ours with the optimizers that train it, and with AdamW alone.
"""

import argparse
import sys
from collections.abc import Callable
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path

import torch
from torch.nn import functional

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

from groundwork.core.atomic import write_json  # noqa: E402  (the path comes first)
from groundwork.core.claims import claim, measured  # noqa: E402
from groundwork.core.provenance import device, provenance  # noqa: E402
from groundwork.core.timing import interleave, ratio, summary  # noqa: E402
from groundwork.diffusion.model import UNet, UNetConfig  # noqa: E402
from groundwork.diffusion.training import TrainConfig, optimizers  # noqa: E402

TIME_STEPS = 1000


def updater(
    model: torch.nn.Module,
    predict: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    batch: int,
    size: int,
    used: list[torch.optim.Optimizer],
) -> Callable[[], object]:
    """One update on fixed images: forward, backward, optimizers."""
    x = torch.randn(batch, 1, size, size)
    t = torch.randint(1, TIME_STEPS, (batch,))

    def update() -> None:
        model.zero_grad(set_to_none=True)
        functional.mse_loss(predict(x, t), x).backward()
        for optimizer in used:
            optimizer.step()

    return update


def baseline(channels: list[int], size: int) -> torch.nn.Module:
    """diffusers' network with attention at its smallest resolution only."""
    from diffusers import UNet2DModel

    levels = len(channels)
    model = UNet2DModel(
        sample_size=size,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=tuple(channels),
        norm_num_groups=2,
        down_block_types=("DownBlock2D",) * (levels - 1) + ("AttnDownBlock2D",),
        up_block_types=("AttnUpBlock2D",) + ("UpBlock2D",) * (levels - 1),
    )
    return model.to(memory_format=torch.channels_last)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--channels", type=int, nargs="+", default=[16, 32, 40])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    ours = UNet(UNetConfig(time=64))
    size = ours.config.size
    theirs = baseline(options.channels, size)
    copy, config = deepcopy(ours), TrainConfig(1, warmup=0)
    adamw = [torch.optim.AdamW(m.parameters(), fused=True) for m in (copy, theirs)]
    shape = (options.batch, size)
    times = interleave(
        {
            "ours": updater(ours, ours, *shape, optimizers(ours, config)),
            "ours, AdamW": updater(copy, copy, *shape, adamw[:1]),
            "diffusers": updater(theirs, lambda x, t: theirs(x, t).sample, *shape, adamw[1:]),
        },
        repeats=options.repeats,
        warmup=2,
    )
    claims = {
        "step_ratio": measured(ratio(times["ours"], times["diffusers"])),
        "adamw_step_ratio": measured(ratio(times["ours, AdamW"], times["diffusers"])),
        "ours": measured(summary(1e3 * s for s in times["ours"]), "ms"),
        "diffusers": measured(summary(1e3 * s for s in times["diffusers"]), "ms"),
        "parameters": claim(ours.parameter_count(), "", "exact"),
        "diffusers_parameters": claim(sum(p.numel() for p in theirs.parameters()), "", "exact"),
        "batch": claim(options.batch, "", "exact"),
        "threads": claim(options.threads, "", "exact"),
        "device": claim(device(), ""),
        "diffusers_version": claim(version("diffusers"), ""),
    }
    origin = provenance("diffusers_baseline", inputs=[], seeds=[0], packages=["torch"])
    write_json(options.out, {"claims": claims, "provenance": {**origin, "samples": times}})
    print({name: entry["value"] for name, entry in claims.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
