"""Seconds of all-reduces by size and ranks: our ring and the backend's own, in turn in one run."""

from groundwork.core.claims import claim, measured
from groundwork.core.timing import Summary, ratio, summary
from groundwork.data_parallel import launch
from groundwork.data_parallel.bench import Samples, time_all_reduces
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

LARGE = 2**20  # bytes from which bandwidth, not latency, decides


class Settings(step.Settings):
    """Our ring against the backend's all-reduce"""

    ranks: list[bounded(int, ge=2, le=16)] = knob("numbers of processes", min_length=1)  # type: ignore[valid-type]
    compared: list[bounded(int, ge=2, le=16)] = knob(  # type: ignore[valid-type]
        "of these, the numbers with which our ring is timed too", min_length=1
    )
    sizes: list[bounded(int, ge=4)] = knob("bytes of the tensor", min_length=4)  # type: ignore[valid-type]
    repeats: int = knob("timed rounds, rivals in turn", ge=3)
    seconds: float = knob("more rounds until those of a size have taken so long", ge=0)


def line(ranks: int, size: int, samples: Samples) -> str:
    values = [str(ranks), str(size)]
    for name in ("library", "ring"):
        found = summary(samples[name]) if name in samples else None
        values += [repr(found.value), *map(repr, found.spread)] if found else ["", "", ""]
    return ",".join(values)


def worst(times: dict[tuple[int, int], Samples], ranks: int) -> Summary:
    """Our speed over the backend's at the large size where it is lowest."""
    ratios = [
        ratio(samples["library"], samples["ring"])
        for (world, size), samples in times.items()
        if world == ranks and size >= LARGE
    ]
    return min(ratios, key=lambda found: found.value)


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    most = max(settings.ranks)
    own = [n for n in settings.ranks if n in settings.compared]
    rest = [n for n in settings.ranks if n not in settings.compared]
    times: dict[tuple[int, int], Samples] = {}
    for ranks, algorithms in ((own, ["library", "ring"]), (rest, ["library"])):
        if ranks:
            work = (ranks, settings.sizes, algorithms, settings.repeats, settings.seconds)
            times |= launch(time_all_reduces, most if ranks is rest else max(own), work)[0]
    head = "ranks,bytes,library,library_low,library_high,ring,ring_low,ring_high"
    table.write_text("\n".join([head, *(line(*key, times[key]) for key in sorted(times))]) + "\n")
    claims = {f"ring_vs_library_{n}": measured(worst(times, n)) for n in own}
    first = own[0]
    largest = summary(times[first, max(settings.sizes)]["ring"])
    speed = Summary(
        max(settings.sizes) / largest.value / 1e9,
        tuple(max(settings.sizes) / s / 1e9 for s in reversed(largest.spread)),  # type: ignore[arg-type]
        largest.n,
    )
    return {
        **claims,
        "ring_speed": measured(speed, "GB/s"),
        "threads": claim(1, kind="exact"),
    }


if __name__ == "__main__":
    step.run(main)
