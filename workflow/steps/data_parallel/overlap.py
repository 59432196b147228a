"""A step with transfers hidden behind the backward pass: ours against DistributedDataParallel."""

from blocks import Network

from groundwork.core.claims import claim, measured
from groundwork.core.timing import ratio, summary
from groundwork.data_parallel import launch
from groundwork.data_parallel.bench import time_wrappers
from groundwork.data_parallel.buckets import Event
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Overlapped gradients, timed and drawn"""

    network: Network = knob("the transformer that is trained")
    ranks: int = knob("processes", ge=2, le=16)
    batch: int = knob("sequences of a rank", ge=1)
    bucket_bytes: int = knob("bytes of gradients that travel together", ge=1)
    repeats: int = knob("timed rounds, rivals in turn", ge=3)


def milliseconds(events: list[list[Event]]) -> list[tuple[int, Event]]:
    """Each rank's events on one clock that begins with the first."""
    first = min(e.begin for one in events for e in one)
    return [
        (rank, Event(e.name, 1e3 * (e.begin - first), 1e3 * (e.end - first)))
        for rank, one in enumerate(events)
        for e in sorted(one, key=lambda e: e.begin)
    ]


def hidden(events: list[Event]) -> float:
    """The share of the transfers' time that lies within the backward pass, %."""
    backward = next(e for e in events if e.name == "backward")
    transfers = [e for e in events if e.name.startswith("bucket")]
    inside = sum(max(0.0, min(e.end, backward.end) - e.begin) for e in transfers)
    return 100 * inside / sum(e.end - e.begin for e in transfers)


def main(settings: Settings, *, table: step.Out, events: step.Out) -> step.Claims:
    work = (dict(settings.network), settings.batch, settings.bucket_bytes, settings.repeats)
    found = launch(time_wrappers, settings.ranks, work, optimizers=True)
    samples = found[0]["samples"]
    lines = ["rival,milliseconds,low,high"]
    for name, seconds in samples.items():
        one = summary(seconds)
        lines.append(",".join([name, *(repr(1e3 * v) for v in (one.value, *one.spread))]))
    table.write_text("\n".join(lines) + "\n")
    lanes = ["rank,event,begin,end"]
    for rank, e in milliseconds([one["events"] for one in found]):
        lanes.append(f"{rank},{e.name},{e.begin!r},{e.end!r}")
    events.write_text("\n".join(lanes) + "\n")
    return {
        "vs_ddp": measured(ratio(samples["ours"], samples["ddp"])),
        "vs_ddp_views": measured(ratio(samples["ours"], samples["ddp views"])),
        "vs_after": measured(ratio(samples["ours"], samples["after"])),
        "gradient_difference": claim(max(one["error"] for one in found)),
        "buckets": claim(len(found[0]["buckets"]), kind="exact"),
        "hidden": claim(hidden(found[0]["events"]), "%"),
    }


if __name__ == "__main__":
    step.run(main)
