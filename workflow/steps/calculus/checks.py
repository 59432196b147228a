"""Every numbered statement of the problem set, searched for counterexamples or proved by SymPy."""

import numpy as np
import torch

from groundwork.calculus import checks, dynamics, symbolic
from groundwork.calculus.minigrad_tensor import hessian, jacobian, softmax
from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob

STATIC = {
    "softmax_jacobian": checks.softmax_jacobian,
    "forward_mode": checks.forward_mode,
    "log_sum_exp_hessian": checks.log_sum_exp_hessian,
    "null_vector": checks.null_vector,
    "variance": checks.variance,
    "rank": checks.rank,
    "half": checks.half,
    "taylor": checks.taylor,
    "along_a_line": checks.along_a_line,
    "schwarz": checks.schwarz,
    "saddle": checks.saddle,
    "newton_contracts": dynamics.newton_contracts,
    "homogeneous": dynamics.homogeneous,
    "descent": dynamics.descent,
    "absolute_hessian": dynamics.absolute_hessian,
}
DYNAMIC = {
    "multipliers": dynamics.multipliers,
    "expelled": dynamics.expelled,
    "newton_flow": dynamics.newton_flow,
}


class Settings(step.Settings):
    """Search for counterexamples to each numbered statement."""

    seed: int = knob("Seed of the random cases.", ge=0)
    static_cases: int = knob("Random cases for each statement that one evaluation decides.", ge=1)
    dynamic_cases: int = knob(
        "Random cases for each statement on paths and whole update maps.", ge=1
    )
    torch_cases: int = knob("Random cases against torch.func.", ge=1)
    intervals: int = knob("Alternating intervals computed beside √(2/5).", ge=3, le=15)
    logits: list[float] = knob("The softmax whose Jacobian is drawn.", min_length=2, max_length=8)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    claims: dict = {}
    for group, cases in ((STATIC, settings.static_cases), (DYNAMIC, settings.dynamic_cases)):
        for name, check in group.items():
            found = check(stream(settings.seed, name), cases)
            claims[name] = claim(found.worst, n=found.cases)
            claims[f"{name}_cases"] = claim(found.cases, "cases", "exact")
    zeros = symbolic.zeros()
    claims["symbolic"] = claim(len(zeros), "identities", "exact")
    claims["symbolic_failures"] = claim(sum(zero != 0 for zero in zeros), kind="exact")
    claims |= _torch(settings)
    claims |= _alternation(settings)
    x = np.array(settings.logits)
    write_arrays(arrays, {"softmax": softmax(x), "jacobian": checks.formed_jacobian(x)})
    return claims


def _torch(settings: Settings) -> step.Claims:
    """Jacobian and Hessian against torch.func in float64, on a function of softmax."""
    rng = stream(settings.seed, "torch")
    first = second = 0.0
    for _ in range(settings.torch_cases):
        x = rng.standard_normal(int(rng.integers(2, 13)))
        t = torch.from_numpy(x)
        theirs = torch.func.jacrev(lambda y: torch.softmax(y, 0))(t).numpy()
        first = max(first, float(np.abs(jacobian(softmax, x) - theirs).max()))
        expected = torch.func.hessian(lambda y: (torch.softmax(y, 0) * y * y).sum())(t).numpy()
        found = hessian(lambda y: (softmax(y) * y * y).sum(), x)
        second = max(second, float(np.abs(found - expected).max()))
    return {
        "torch_jacobian": claim(first, n=settings.torch_cases),
        "torch_hessian": claim(second, n=settings.torch_cases),
    }


def _alternation(settings: Settings) -> step.Claims:
    """The intervals of thm-alternation that end at alternating minima, and how fast they shrink."""
    edges, sign = dynamics.alternation(settings.intervals)
    widths = -np.diff(edges)
    expected = np.where(np.arange(len(sign)) % 2 == 0, -1.0, 1.0)
    return {
        "alternation_intervals": claim(len(sign), "intervals", "exact"),
        "alternation_wrong": claim(int((sign != expected).sum()), kind="exact"),
        "alternation_ratio": claim(float(widths[-2] / widths[-1])),
    }


if __name__ == "__main__":
    step.run(main)
