"""Copy a room's results into `src/recorded/<device>/<room>`, for machines that cannot make them.

On a machine with this checkout, PyTorch and the room's packages, but no Snakemake:

    sh make.sh  # printed elsewhere: groundwork --scale full script results/full/<room>/<step>.json …
    python workflow/record/results.py results/full/transformer

copies each result that is as its step wrote it, with the outputs that are small enough for a
repository; a large one, weights say, stays named by its checksum in the result's seal.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

from groundwork.core.result import Result  # noqa: E402  (the path comes first)

LARGEST = 5_000_000  # bytes of a file that is worth keeping in the repository


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments(parser)
    return 1 if record(parser.parse_args()) is None else 0


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to copy, made on what, and where to."""
    parser.add_argument("results", type=Path, help="a room's folder of results")
    parser.add_argument("--device", help="what they were made on; default: the CUDA GPU's name")
    parser.add_argument("--recorded", type=Path, default=ROOT / "src" / "recorded")


def record(options: argparse.Namespace) -> Path | None:
    """Copy the room's results; returns their folder, or says why nothing is recorded."""
    slug = re.sub(r"[^a-z0-9]+", "-", (options.device or _gpu()).lower()).strip("-")
    if not slug:
        print("there is no CUDA GPU here: say with --device what the results were made on")
        return None
    target = options.recorded / slug / options.results.name
    results = [Result.read(path) for path in sorted(options.results.glob("*.json"))]
    if altered := [f"{r.path}: {r.altered()}" for r in results if not r.intact()]:
        print("not what their steps wrote: " + "; ".join(altered) + ": nothing is recorded")
        return None
    for result in results:
        outputs = [name for name in result.provenance.get("seal", {}) if name != "claims"]
        for name in [result.path.name, *outputs]:
            file = options.results / name
            if file.stat().st_size < LARGEST:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target / name)
    print(f"{len(results)} results recorded in {target}")
    return target if results else None


def _gpu() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


if __name__ == "__main__":
    sys.exit(main())
