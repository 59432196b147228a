"""Train the recorded diffusion weights: a plateau that any number of sittings continue.

    python workflow/record/diffusion_training.py FOLDER --mnist FOLDER_OF_IDX_FILES

holds the learning rate for ever and writes its state each minute to FOLDER/state.pt; killed, it goes
on from there, bit for bit. At a moment of choice

    python workflow/record/diffusion_training.py FOLDER --mnist … --cooldown 3000

takes a copy of that state and lets the rate fall to 0 over 3,000 updates, into
FOLDER/cooled.safetensors and FOLDER/cooled.json. The plateau's state stays for the next sitting.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src")]

from groundwork.autograd.io import read_idx  # noqa: E402  (the path comes first)
from groundwork.core.atomic import write_json  # noqa: E402
from groundwork.diffusion.io import open_state, save, save_state, scaled, state_key  # noqa: E402
from groundwork.diffusion.model import UNet, UNetConfig  # noqa: E402
from groundwork.diffusion.training import TrainConfig, Trainer  # noqa: E402

ENDLESS = 10**9  # updates of a plateau that nobody waits for


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--channels", type=int, nargs="+", default=[24, 48, 96])
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--cooldown", type=int, default=0, help="updates; 0 holds the plateau")
    parser.add_argument("--save-seconds", type=float, default=60)
    parser.add_argument("--held-out", type=int, default=5000, help="last training images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    images = scaled(read_idx(options.mnist / "train-images-idx3-ubyte.gz"))
    train, validation = images[: -options.held_out], images[-options.held_out :][:2000]

    def trainer(iterations: int) -> Trainer:
        torch.manual_seed(options.seed)
        model = UNet(UNetConfig(channels=tuple(options.channels), time=64))
        config = TrainConfig(
            iterations,
            batch=options.batch,
            learning_rate=options.learning_rate,
            cooldown=options.cooldown,
            ema=0.0,
            evaluate_every=1000 if not options.cooldown else 500,
        )
        return Trainer(model, train, validation, config, options.seed)

    run = trainer(ENDLESS)
    key = state_key(run)
    plateau, cooling = options.folder / "state.pt", options.folder / "cooling.pt"
    state = (open_state(cooling, key) if options.cooldown else None) or open_state(plateau, key)
    if options.cooldown:
        if state is None:
            parser.error(f"{plateau} holds no state of this run to cool down")
        end = state.get("end") or state["iteration"] + options.cooldown
        run = trainer(end)
    if state is not None:
        run.restore(state)
        print(f"going on after update {run.iteration}", flush=True)
    target = cooling if options.cooldown else plateau
    saved, cpu = time.monotonic(), time.process_time()
    spent = (state or {}).get("cpu_seconds", 0.0)

    def keep() -> None:
        total = spent + time.process_time() - cpu
        extra = {"cpu_seconds": total, "end": run.config.iterations if options.cooldown else None}
        save_state(target, key, run.state() | extra)
        curve = [asdict(e) for e in run.evaluations]
        write_json(target.with_suffix(".json"), {"cpu_seconds": total, "curve": curve})

    for evaluation in run.run():
        if evaluation:
            print(json.dumps(asdict(evaluation)), flush=True)
        if time.monotonic() - saved > options.save_seconds:
            keep()
            saved = time.monotonic()
    keep()
    save(options.folder / "cooled.safetensors", run.model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
