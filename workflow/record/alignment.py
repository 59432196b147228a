"""Record the longer preference run: its results, and the adapters of the point its page speaks of.

    groundwork --scale full script results/full/alignment/evaluate.json > make.sh && sh make.sh
    python workflow/record/alignment.py results/full/alignment --device "AMD EPYC"

copies what `results.py` copies and writes the headline's adapters alone, since those of all points
are too large for a repository. `open_adapters` of `groundwork.alignment.io` reads them.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

import results  # noqa: E402  (the path comes first)
from groundwork.alignment.io import open_adapters, save_adapters  # noqa: E402
from groundwork.core.result import Result  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    results.arguments(parser)
    options = parser.parse_args()
    target = results.record(options)
    if target is None:
        return 1
    headline = Result.read(options.results / "evaluate.json").settings["headline"]
    adapters = open_adapters(options.results / "dpo.safetensors")
    save_adapters(target / "headline.safetensors", {headline: adapters[headline]})
    print(f"adapters of {headline} recorded in {target / 'headline.safetensors'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
