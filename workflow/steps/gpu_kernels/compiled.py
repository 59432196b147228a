"""Every kernel compiled to machine code of GPUs that are not here: registers, spills, shared memory."""

import os
import tempfile
from typing import Literal

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.gpu_kernels.backend import AVAILABLE, triton
from groundwork.gpu_kernels.checks import DTYPES
from groundwork.gpu_kernels.compiled import calls_of, compile_call, shapes
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

COLUMNS = [
    "use",
    "kernel",
    "tile",
    "dtype",
    "capability",
    "registers",
    "spilled",
    "shared",
    "tensor_cores",
]
NAMES = ("kernels", "spilling", "with_tensor_cores", "most_shared", "triton")


class Settings(step.Settings):
    """Kernels compiled to machine code without a GPU."""

    uses: list[str] = knob("Names of groundwork.gpu_kernels.compiled.shapes.", min_length=1)
    dtypes: list[Literal["float32", "float16", "bfloat16"]] = knob("Dtypes compiled.", min_length=1)
    capabilities: list[bounded(int, ge=75)] = knob("Compute capabilities times ten.", min_length=1)
    candidates: bool = knob("Every candidate of the autotuner rather than the default.")


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    """Compile the default candidate of each launch (all of them with `candidates`)."""
    if not AVAILABLE:
        write_table(table, [{"use": "not compiled: no Triton here"}], COLUMNS)
        return {name: claim("not compiled", "", "exact") for name in NAMES}
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TRITON_CACHE_DIR"] = cache  # nothing of an earlier compiler is taken
        for dtype in settings.dtypes:
            known = shapes(DTYPES[dtype])
            for use in settings.uses:
                for call in calls_of(known[use]):
                    chosen = call.candidates() if settings.candidates else call.candidates()[:1]
                    for capability in settings.capabilities:
                        codes = [compile_call(call, c, capability) for c in chosen]
                        rows += [{"use": use, "dtype": dtype, **vars(code)} for code in codes]
    write_table(table, rows, COLUMNS)
    return {
        "kernels": claim(len(rows), "", "exact"),
        "spilling": claim(sum(row["spilled"] > 0 for row in rows), "", "exact"),
        "with_tensor_cores": claim(sum(row["tensor_cores"] > 0 for row in rows), "", "exact"),
        "most_shared": claim(max(row["shared"] for row in rows) / 1024, "KiB", "exact"),
        "triton": claim(triton.__version__, "", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
