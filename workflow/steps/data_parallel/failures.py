"""What the bare backend does when a rank breaks, and what our launcher makes of it."""

import csv
import re
from concurrent.futures import ThreadPoolExecutor

import torch

from groundwork.core.claims import claim
from groundwork.data_parallel.failures import CASES, bare, summary, watched
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Ranks that break, without and with our launcher"""

    limit: float = knob("time limit of the backend and of joining", unit="s", gt=0, le=60)
    at_once: int = knob("cases run side by side; they mostly wait", ge=1, le=16)


def shorten(words: str) -> str:
    """An error's first sentence: no path or port of this machine, no source position."""
    words = re.sub(r"\[\S*\](:\d+)?|file:///\S+|\S*/\S+", "", words)
    kept = " ".join(words.split(". ")[0].split())
    return kept if len(kept) < 90 else kept[:89] + "…"


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    with ThreadPoolExecutor(settings.at_once) as pool:
        without = {case: pool.submit(bare, case, settings.limit) for case in CASES}
        under = {case: pool.submit(watched, case, settings.limit) for case in CASES}
        alone = {case: summary(future.result()) for case, future in without.items()}
        ended = {case: future.result() for case, future in under.items()}
    with open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "bare", "bare_seconds", "launched", "rank", "seconds"])
        for case, words in CASES.items():
            seconds, seen = alone[case]
            end = ended[case]
            shown = [shorten(seen), f"{seconds:.1f}", shorten(end.words)]
            writer.writerow([words, *shown, end.rank, f"{end.seconds:.1f}"])
    slowest = max(end.seconds for end in ended.values())
    caught = sum(end.words != "no error" for end in ended.values())
    return {
        "cases": claim(len(CASES), kind="exact"),
        "caught": claim(caught, kind="exact"),
        "slowest": claim(slowest, "s", n=len(CASES)),
        "silent": claim(sum(seen.startswith("no error") for _, seen in alone.values())),
        "torch": claim(torch.__version__.partition("+")[0]),
    }


if __name__ == "__main__":
    step.run(main)
