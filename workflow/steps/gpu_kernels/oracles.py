"""Every kernel in Triton's interpreter against float64, with poisoned outputs; no speed is taken."""

import warnings

from groundwork.core.claims import claim
from groundwork.core.files import write_table
from groundwork.gpu_kernels import checks
from groundwork.gpu_kernels.backend import ABSENT, AVAILABLE, INTERPRETED, triton
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

KERNELS = ("softmax", "attention", "layer_norm", "rms_norm")
PARTS = ("forward", "backward")


class Settings(step.Settings):
    """Every kernel in the interpreter against float64."""

    softmax: list[bounded(list[bounded(int, ge=1)], min_length=2, max_length=2)] = knob(
        "Shapes: rows, columns.", min_length=1
    )
    attention: list[bounded(list[bounded(int, ge=0)], min_length=4, max_length=4)] = knob(
        "Queries, keys, head size (16, 32, 64 or 128), 1 where causal.", min_length=1
    )
    norms: list[bounded(list[bounded(int, ge=2)], min_length=2, max_length=2)] = knob(
        "Shapes: rows, columns.", min_length=1
    )
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def errors_of(settings: Settings, kernel: str, dtype: str) -> list[dict[str, float]]:
    """Errors of one kernel in one dtype, a case after the other."""
    kind = checks.DTYPES[dtype]
    if kernel == "softmax":
        return [checks.softmax_errors(r, c, kind, settings.seed) for r, c in settings.softmax]
    if kernel == "attention":
        return [
            checks.attention_errors((n, m), d, bool(causal), kind, settings.seed)
            for n, m, d, causal in settings.attention
        ]
    return [checks.norm_errors(kernel, r, c, kind, settings.seed) for r, c in settings.norms]


def main(settings: Settings, *, table: step.Out) -> step.Claims:
    """The largest error of each kernel and dtype, in units of the dtype's epsilon."""
    if not AVAILABLE:
        return _not_run(table)
    if not INTERPRETED:
        raise SystemExit("set TRITON_INTERPRET=1: this step checks kernels in the interpreter")
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # rows of -inf are among the cases
    rows, total = [], 0
    for kernel in KERNELS:
        for dtype in checks.DTYPES:
            found = errors_of(settings, kernel, dtype)
            total += len(found)
            worst = {part: max(errors[part] for errors in found) for part in PARTS}
            rows.append({"kernel": kernel.replace("_", " "), "dtype": dtype, "cases": len(found),
                         **worst, "allowed": checks.ALLOWED[dtype]})  # fmt: skip
    write_table(table, rows)
    red = [row for row in rows if not max(row["forward"], row["backward"]) <= row["allowed"]]
    if red:
        raise SystemExit(f"a kernel disagrees with float64: {red}")
    claims = {
        f"{part}_{dtype}": claim(
            max(row[part] for row in rows if row["dtype"] == dtype),
            "ε",
            "interpreted",
            n=total // 3,
        )
        for part in PARTS
        for dtype in checks.DTYPES
    }
    status = f"run in the interpreter of Triton {triton.__version__}"
    return claims | {
        "cases": claim(total, "", "interpreted"),
        "status": claim(status, "", "interpreted"),
    }


def _not_run(table: step.Out) -> step.Claims:
    """Where Triton has no build: every claim says that nothing ran."""
    columns = ["kernel", "dtype", "cases", *PARTS, "allowed"]
    write_table(table, [{"kernel": "not run: no Triton here"}], columns)
    names = [f"{part}_{dtype}" for part in PARTS for dtype in checks.DTYPES]
    claims = {name: claim("not run", "", "interpreted") for name in [*names, "cases"]}
    return claims | {"status": claim(f"not run: {ABSENT}", "", "interpreted")}


if __name__ == "__main__":
    step.run(main)
