"""Own all-reduces against a float64 sum: largest errors, and whether all ranks hold equal bits."""

from collections import defaultdict

from groundwork.core.claims import claim
from groundwork.data_parallel import launch
from groundwork.data_parallel.checks import Reduced, reduced
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Every all-reduce on random numbers"""

    ranks: list[bounded(int, ge=2, le=16)] = knob("numbers of processes", min_length=1)  # type: ignore[valid-type]
    lengths: list[bounded(int, ge=0)] = knob("entries of the tensors", min_length=1)  # type: ignore[valid-type]


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    cases: dict[tuple[str, str, int], list[Reduced]] = defaultdict(list)
    for ranks in settings.ranks:
        for one in launch(reduced, ranks, (settings.lengths,))[0]:
            cases[one.algorithm, one.dtype, ranks].append(one)
    lines = ["algorithm,dtype,ranks,cases,error,equal"]
    for (algorithm, dtype, ranks), found in cases.items():
        error, equal = max(f.error for f in found), all(f.equal for f in found)
        lines.append(
            f"{algorithm},{dtype},{ranks},{len(found)},{error!r},{'yes' if equal else 'no'}"
        )
    table.write_text("\n".join(lines) + "\n")
    own = [f for found in cases.values() for f in found if f.algorithm != "library"]
    sound = [f for f in own if f.algorithm != "direct"]
    direct = [f for f in own if f.algorithm == "direct"]
    return {
        "cases": claim(len(own), kind="exact"),
        "error": claim(max(f.error for f in own), kind="exact", n=len(own)),
        "unequal": claim(sum(not f.equal for f in sound), kind="exact", n=len(sound)),
        "direct_unequal": claim(sum(not f.equal for f in direct), kind="exact", n=len(direct)),
        "direct_cases": claim(len(direct), kind="exact"),
    }


if __name__ == "__main__":
    step.run(main)
