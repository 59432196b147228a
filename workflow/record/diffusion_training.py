"""Train the recorded diffusion weights: a plateau that any number of sittings continue.

    python workflow/record/diffusion_training.py FOLDER --mnist FOLDER_OF_IDX_FILES

holds the learning rate for ever and writes its state each minute to FOLDER/state.pt; killed, it goes
on from there, bit for bit. At a moment of choice

    python workflow/record/diffusion_training.py FOLDER --mnist … --cooldown 500 \\
        --record src/recorded/<machine>/diffusion

takes a copy of that state, lets the rate fall to 0 over 500 updates, and writes weights (float16),
curve and figures to the record. The plateau's own state stays in FOLDER for the next sitting; it is
no part of the record, since it is six times as large as the weights.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

from groundwork.autograd.io import read_idx  # noqa: E402  (the path comes first)
from groundwork.core.atomic import write_json  # noqa: E402
from groundwork.core.claims import claim  # noqa: E402
from groundwork.core.files import write_table  # noqa: E402
from groundwork.core.memory import keep_freed  # noqa: E402
from groundwork.core.provenance import device, provenance, sha256  # noqa: E402
from groundwork.diffusion.io import (  # noqa: E402
    load,
    open_state,
    save,
    save_state,
    scaled,
    state_key,
)
from groundwork.diffusion.model import UNet, UNetConfig  # noqa: E402
from groundwork.diffusion.training import TrainConfig, Trainer, held_out_loss  # noqa: E402
from groundwork_harness.pipeline import closure  # noqa: E402

ENDLESS = 10**9  # updates of a plateau that nobody waits for
CHECKED = 2000  # held-out images at each evaluation; all of them at the end


def main() -> int:
    options = parse()
    torch.set_num_threads(options.threads)
    keep_freed()
    images = scaled(read_idx(options.mnist / "train-images-idx3-ubyte.gz"))
    train, held = images[: -options.held_out], images[-options.held_out :]
    run = trainer(options, train, held, ENDLESS)
    key = state_key(run)
    plateau, cooling = options.folder / "state.pt", options.folder / "cooling.pt"
    for path in (plateau, cooling):
        if path.exists() and open_state(path, key) is None:
            raise SystemExit(
                f"{path} is the state of a run with other options, another number of threads or "
                "another PyTorch, and would be lost: repeat those, or name another folder"
            )
    state = (open_state(cooling, key) if options.cooldown else None) or open_state(plateau, key)
    if options.cooldown:
        if state is None:
            raise SystemExit(f"{plateau} holds no state of this run to cool down")
        end = state.get("end") or state["iteration"] + options.cooldown
        run = trainer(options, train, held, end)
    if state is not None:
        run.restore(state)
        print(f"going on after update {run.iteration}", flush=True)
    spent = carry_on(run, cooling if options.cooldown else plateau, key, state or {}, options)
    if options.record:
        record(options, run, held, spent)
        cooling.unlink()  # the next one begins from the plateau
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--channels", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--kernel-rate", type=float, default=0.01)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--cooldown", type=int, default=0, help="updates; 0 holds the plateau")
    parser.add_argument("--record", type=Path, help="where finished weights and figures go")
    parser.add_argument("--save-seconds", type=float, default=60)
    parser.add_argument("--held-out", type=int, default=5000, help="last training images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.record and not options.cooldown:
        parser.error("--record needs --cooldown: weights of the plateau are not finished")
    return options


def trainer(
    options: argparse.Namespace, train: torch.Tensor, held: torch.Tensor, iterations: int
) -> Trainer:
    torch.manual_seed(options.seed)
    model = UNet(UNetConfig(channels=tuple(options.channels), time=64))
    config = TrainConfig(
        iterations,
        batch=options.batch,
        learning_rate=options.learning_rate,
        kernel_rate=options.kernel_rate,
        cooldown=options.cooldown,
        ema=0.0,
        evaluate_every=1000 if not options.cooldown else max(1, options.cooldown // 4),
    )
    return Trainer(model, train, held[:CHECKED], config, options.seed)


def carry_on(
    run: Trainer, path: Path, key: str, state: dict[str, Any], options: argparse.Namespace
) -> float:
    """Train to the end, keeping the state each minute; returns all processor seconds so far."""
    saved, begun = time.monotonic(), time.process_time()

    def spent() -> float:
        return state.get("cpu_seconds", 0.0) + time.process_time() - begun

    def keep() -> None:
        end = run.config.iterations if options.cooldown else None
        save_state(path, key, run.state() | {"cpu_seconds": spent(), "end": end})
        curve = [asdict(e) for e in run.evaluations]
        write_json(path.with_suffix(".json"), {"cpu_seconds": spent(), "curve": curve})

    for evaluation in run.run():
        if evaluation:
            print(json.dumps(asdict(evaluation)), flush=True)
        if time.monotonic() - saved > options.save_seconds:
            keep()
            saved = time.monotonic()
    keep()
    return spent()


def record(options: argparse.Namespace, run: Trainer, held: torch.Tensor, spent: float) -> None:
    """Weights, curve and figures."""
    options.record.mkdir(parents=True, exist_ok=True)
    save(options.record / "weights.safetensors", run.model, dtype=torch.float16)
    write_table(options.record / "training.csv", [asdict(e) for e in run.evaluations])
    finished = load(options.record / "weights.safetensors")
    claims = {
        "images_seen": claim(run.iteration * options.batch, "", "exact"),
        "updates": claim(run.iteration, "", "exact"),
        "hours": claim(spent / 3600, ""),
        "validation_loss": claim(held_out_loss(finished, held)[0].mean().item(), n=len(held)),
        "parameters": claim(finished.parameter_count(), "", "exact"),
        "device": claim(device(), ""),
        "learning_rate": claim(options.learning_rate, "", "exact"),
        "kernel_rate": claim(options.kernel_rate, "", "exact"),
        "batch": claim(options.batch, "", "exact"),
        "cooldown": claim(options.cooldown, "", "exact"),
        "weights_sha256": claim(sha256(options.record / "weights.safetensors"), "", "exact"),
    }
    # The step that trains at other scales stands for the library code that both share.
    origin = provenance(
        "diffusion_training",
        seeds=[options.seed],
        packages=["torch", "numpy"],
        code=closure.of(ROOT / "workflow" / "steps" / "diffusion" / "train.py").digest,
        settings={**vars(options), "folder": "", "mnist": "", "record": ""},
    )
    name = "train-images-idx3-ubyte.gz"  # named as the data sets do, wherever this machine has it
    origin["inputs"] = {f"mnist/{name}": sha256(options.mnist / name)}
    write_json(options.record / "training.json", {"claims": claims, "provenance": origin})


if __name__ == "__main__":
    sys.exit(main())
