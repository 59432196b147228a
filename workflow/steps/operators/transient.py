"""Powers of operators with the same spectrum: one decays at once, the others grow first."""

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import radius
from groundwork.operators.gallery import orthonormal
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Powers of operators with one spectral radius."""

    eigenvalue: float = knob("Spectral radius of the decaying operators.", gt=0, lt=1)
    coupling: float = knob("Entry above the diagonal of the operators that are not normal.")
    size: int = knob("Size of the Jordan block.", ge=1)
    steps: int = knob("Powers computed.", ge=1)
    epsilon: float = knob(
        "How far the rate of the decay bound lies above the spectral radius.", gt=0
    )
    exploding: float = knob("Spectral radius of the growing operators.", gt=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, arrays: step.Out) -> step.Claims:
    operators = made(settings)
    curves = {name: radius.power_norms(a, settings.steps) for name, a in operators.items()}
    state = np.zeros(2)
    state[1] = 1
    states = np.linalg.norm(radius.linear_rnn(operators["pair"], state, settings.steps), axis=1)
    constant, rate = radius.decay_bound(operators["pair"], settings.epsilon)
    bound = constant * rate ** np.arange(settings.steps + 1)
    symmetric = exploding(settings)
    write_arrays(arrays, curves | {"bound": bound, "states": states, **symmetric})
    claims = {
        "radius": claim(radius.spectral_radius(operators["pair"]), kind="exact"),
        "rate": claim(rate, kind="exact"),
        "constant": claim(constant, kind="exact"),
        "state_peak": claim(states.max(), kind="exact"),
        "state_peak_step": claim(int(states.argmax()), kind="exact"),
        "back_below_one": claim(int(np.flatnonzero(states >= 1).max()) + 1, kind="exact"),
    }
    for name, a in operators.items():
        claims[f"{name}_peak"] = claim(curves[name].max(), kind="exact")
        claims[f"{name}_peak_step"] = claim(int(curves[name].argmax()), kind="exact")
        claims[f"{name}_kreiss"] = claim(radius.kreiss_bound(a), kind="exact")
        claims[f"{name}_norm"] = claim(float(np.linalg.norm(a, 2)), kind="exact")
    for name, curve in symmetric.items():
        claims[f"{name}_last"] = claim(curve[-1], kind="exact")
    claims["exploding_steps"] = claim(len(symmetric["symmetric"]) - 1, kind="exact")
    return claims


def made(settings: Settings) -> dict[str, np.ndarray]:
    """A 2×2 pair, a Jordan block with the same eigenvalue, a symmetric matrix of that radius."""
    turn = orthonormal(settings.size, settings.size, stream(settings.seed, "turn"))
    values = np.linspace(-settings.eigenvalue, settings.eigenvalue, settings.size)
    block = settings.eigenvalue * np.eye(settings.size)
    return {
        "pair": np.array([[settings.eigenvalue, settings.coupling], [0, settings.eigenvalue]]),
        "block": block + settings.coupling * np.diag(np.ones(settings.size - 1), 1),
        "normal": (turn * values) @ turn.T,
    }


def exploding(settings: Settings) -> dict[str, np.ndarray]:
    """Norms of powers at one spectral radius above 1: symmetric (ρᵏ) and Gaussian weights."""
    n, steps = 64, 30
    g = stream(settings.seed, "gaussian").standard_normal((n, n))
    both = {"symmetric": (g + g.T) / 2, "gaussian": g}
    return {
        name: radius.power_norms(a * settings.exploding / radius.spectral_radius(a), steps)
        for name, a in both.items()
    }


if __name__ == "__main__":
    step.run(main)
