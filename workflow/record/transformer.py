"""Run the transformer's steps at one scale without Snakemake, and record what they found.

On a machine with one CUDA GPU, PyTorch, safetensors, PyYAML, jsonschema, and this checkout:

    python workflow/record/transformer.py --text input.txt

runs tokens, training (three seeds), variants, checks, shapes, samples, attention, overfitting and
speed at full scale into results/full/transformer, then copies claims, tables and samples (and
weights, if under 5 MB) to src/recorded/<device>/transformer. Each step is the script that the rule
of the same name runs, with the settings of config.yaml and workflow/scales/<scale>. Started again,
it skips what is done with this code, these settings and these inputs; a killed training goes on
where it was. `--until train` stops early; `--scale smoke --device cpu` tries the whole chain.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

from groundwork.core.provenance import sha256  # noqa: E402  (the path comes first)
from groundwork.core.result import canonical, digest  # noqa: E402
from groundwork.pipeline import closure  # noqa: E402
from groundwork.pipeline.config import complete  # noqa: E402

TOKENS = {
    "train": "tokens/char_train.npy",
    "validation": "tokens/char_validation.npy",
    "tokenizer": "tokens/char_vocabulary.json",
}
PAIRS = {
    "bpe_train": "tokens/bpe_train.npy",
    "bpe_validation": "tokens/bpe_validation.npy",
    "bpe_tokenizer": "tokens/bpe_vocabulary.json",
}
MODEL = {"checkpoint": "train.safetensors"}
TEXT = {"text": "{text}"}
STEPS: dict[str, tuple[dict[str, str], dict[str, str]]] = {  # step: (inputs, outputs)
    "tokens": (TEXT, {**TOKENS, **PAIRS}),
    "train": (TOKENS, {**MODEL, "curve": "train.csv"}),
    "checks": (MODEL, {}),
    "shapes": (MODEL, {"table": "shapes.csv", "parts": "shapes/parts.csv"}),
    "samples": ({**MODEL, **TEXT}, {"samples": "samples.csv"}),
    "attention": (
        {**MODEL, "validation": TOKENS["validation"]},
        {
            "scores": "attention/scores.csv",
            "examples": "attention/examples.npz",
            "removals": "attention/removals.csv",
        },
    ),
    "overfit": (
        {**MODEL, "train": TOKENS["train"], "validation": TOKENS["validation"]},
        {"curve": "overfit.csv"},
    ),
    "speed": (MODEL, {"samples": "speed.csv"}),
    "variants": ({**TOKENS, **PAIRS}, {"table": "variants.csv"}),
}
LARGEST = 5_000_000  # bytes of a file that is worth keeping in the repository


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", required=True, type=Path, help="TinyShakespeare's input.txt")
    parser.add_argument("--scale", default="full")
    parser.add_argument("--results", type=Path, default=None, help="default: results/<scale>")
    parser.add_argument("--recorded", type=Path, default=ROOT / "src" / "recorded")
    parser.add_argument("--until", choices=list(STEPS), default=list(STEPS)[-1])
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    options = parser.parse_args()
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        print("there is no CUDA GPU here: nothing was run, and nothing is recorded")
        return 1
    config = complete({"scale": options.scale})["transformer"]
    folder = (options.results or ROOT / "results" / options.scale) / "transformer"
    steps = list(STEPS)[: list(STEPS).index(options.until) + 1]
    for name in steps:
        status = _run(name, config[name], folder, options.text)
        if status:
            return status
    device = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    slug = re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")
    target = options.recorded / slug / "transformer"
    for name in steps:
        _record(name, folder, target)
    print(f"recorded in {target}")
    return 0


def _run(name: str, settings: dict[str, Any], folder: Path, text: Path) -> int:
    """One step as a command; nothing where its result is there and would be the same again."""
    script = ROOT / "workflow" / "steps" / "transformer" / f"{name}.py"
    record = folder / f"{name}.json"
    inputs, outputs = (
        {option: text if path == "{text}" else folder / path for option, path in files.items()}
        for files in STEPS[name]
    )
    if record.is_file() and all(path.is_file() for path in outputs.values()):
        done = json.loads(record.read_text())["provenance"]
        made = (done["code"], done["settings"], sorted(done["inputs"].values()))
        now = sorted(sha256(path) for path in inputs.values())
        if made == (closure.of(script).digest, digest(settings), now):
            print(f"{name}: done before", flush=True)
            return 0
    command = [sys.executable, str(script), "--settings", canonical(settings)]
    command += ["--json", str(record)]
    for option, path in {**inputs, **outputs}.items():
        command += ["--" + option.replace("_", "-"), str(path)]
    print(f"{name} …", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, env=environment, check=False).returncode


def _record(name: str, folder: Path, target: Path) -> None:
    """A step's claims, and its outputs where small; weights are else named by their checksum."""
    outputs = [] if name == "tokens" else list(STEPS[name][1].values())
    for place in [f"{name}.json", *outputs]:
        if (folder / place).stat().st_size < LARGEST:
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / place, target / place)


if __name__ == "__main__":
    sys.exit(main())
