"""One cell of the paper's table: a model trained, tested, and described by its features."""

import ast
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundwork.core.atomic import replacing
from groundwork.core.files import write_arrays
from groundwork.core.provenance import ROOT
from groundwork.reproduction import fast, theory
from groundwork.reproduction.model import Training, chances, initial

WIDTHS = (10, 15, 25, 39, 63, 100)
CHUNK = 250  # steps between two checkpoints' looks at the clock


@dataclass(frozen=True)
class Cell:
    """What distinguishes one training run from another."""

    alpha: float  # exponent of the features' frequencies
    gamma: float  # weight decay
    width: int  # m
    seed: int
    bias_std: float = 1.0  # of the initial biases; the released code has 1, the text nothing
    density: float = 1.0  # E, features that are on in a sample, on average
    features: int = 1000  # n

    @property
    def name(self) -> str:
        """The cell as a file name."""
        start = "" if self.bias_std == 1 else f"-b{self.bias_std:g}"
        return f"a{self.alpha:g}-g{self.gamma:g}{start}-m{self.width}-s{self.seed}"


@dataclass(frozen=True)
class Outcome:
    """What a trained cell is worth, and what its features do."""

    losses: NDArray[np.float64]  # reported loss of each test batch
    curve: NDArray[np.float64]  # training loss, means over equal parts of the schedule
    norms: NDArray[np.float32]  # |W_i|, (n,)
    bias: NDArray[np.float32]  # b_i, (n,)
    overlap: float  # mean squared overlap of the strongly represented rows
    seconds: float  # processor time of training

    def summary(self, cell: Cell) -> dict[str, float]:
        """The numbers that tables are made of."""
        dead = dead_features(self.norms, self.bias)
        frequency = chances(cell.features, cell.alpha, cell.density)
        return {
            "loss": float(self.losses.mean()),
            "batch_sd": float(self.losses.std(ddof=1)),
            "batches": len(self.losses),
            "phi_half": float((self.norms > 0.5).mean()),
            "phi_1": float((self.norms > 1).mean()),
            "overlap": self.overlap,
            "dead": int(dead.sum()),
            "dead_loss": float(theory.SECOND * frequency[dead].sum()),
            "seconds": self.seconds,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that a record keeps, as float32."""
        names = ("losses", "curve", "norms", "bias")
        return {name: np.asarray(getattr(self, name), np.float32) for name in names}


def dead_features(norms: NDArray[Any], bias: NDArray[Any]) -> NDArray[np.bool_]:
    """Features that stay off even alone and at their highest value: 2 |W_i|² + b_i ≤ 0."""
    return 2 * norms**2 + bias <= 0


def train(
    cell: Cell,
    training: Training,
    save: Callable[[int, fast.State, list[float]], None] | None,
    begun: tuple[int, fast.State, list[float]] | None = None,
) -> tuple[fast.State, list[float]]:
    """The trained model and its loss in each chunk of steps; goes on from `begun`."""
    step, state, curve = begun or (0, start(cell), [])
    frequency = chances(cell.features, cell.alpha, cell.density)
    while step < training.steps:
        upto = min(step + CHUNK, training.steps)
        curve.append(
            float(fast.train(state, training, frequency, cell.seed, range(step, upto)).mean())
        )
        step = upto
        if save:
            save(step, state, curve)
    return state, curve


def start(cell: Cell) -> fast.State:
    """The untrained model."""
    return fast.State(*initial(cell.features, cell.width, cell.bias_std, cell.seed))


def run(
    cell: Cell, training: Training, batches: int, checkpoint: Path | None = None, every: float = 30
) -> Outcome:
    """Train and test a cell; with `checkpoint`, what a stopped run had reached is taken up.

    Batches depend on the seed and the step's number alone, so that a stopped and resumed run ends
    with the bits of one that was not stopped. `every` is in seconds.
    """
    begun, before, saved = None, 0.0, time.monotonic()
    identity = repr((cell, training, code()))
    if checkpoint and checkpoint.is_file():
        begun, before = _load(checkpoint, cell, identity)
    began = time.process_time()

    def save(step: int, state: fast.State, curve: list[float]) -> None:
        nonlocal saved
        if checkpoint and time.monotonic() - saved > every:
            spent = before + time.process_time() - began
            arrays = {"weights": state.weights, "bias": state.bias, "moments": state.moments}
            facts = {"step": step, "curve": curve, "seconds": spent, "identity": identity}
            with replacing(checkpoint) as whole:
                write_arrays(whole, {**arrays, **facts})
            saved = time.monotonic()

    state, curve = train(cell, training, save, begun)
    seconds = before + time.process_time() - began
    frequency = chances(cell.features, cell.alpha, cell.density)
    losses = fast.test_losses(
        state, frequency, seed=cell.seed, batch=training.batch, batches=batches
    )
    norms = np.linalg.norm(state.weights, axis=1)
    strong = theory.mean_squared_overlap(state.weights[norms > 1].astype(float))
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    return Outcome(losses, np.array(curve), norms, state.bias, strong, seconds)


def _load(path: Path, cell: Cell, identity: str) -> tuple[Any, float]:
    """What a checkpoint holds; one of other code, another cell or other settings is no beginning."""
    with np.load(path) as found:
        if str(found["identity"]) != identity:
            return None, 0.0
        state = start(cell)
        for name in ("weights", "bias", "moments"):
            getattr(state, name)[...] = found[name]
        return (int(found["step"]), state, found["curve"].tolist()), float(found["seconds"])


def facts(cell: Cell, training: Training, batches: int) -> dict[str, Any]:
    """All that a cell's numbers depend on but the code."""
    return {"cell": asdict(cell), "training": asdict(training), "batches": batches}


def code() -> str:
    """A digest of the code that trains and tests: the C++ sources, and how a model and
    its data begin; comments do not count.

    A cell that was recorded by other code is not taken for one of this code.
    """
    plain = ast.parse((Path(__file__).parent / "model.py").read_text())
    shared = [node for node in plain.body if getattr(node, "name", "") in ("initial", "chances")]
    native = ROOT / "native" / "reproduction"
    names = ["api.cpp", "kernel.cpp", "kernel.hpp", "sampler.cpp", "sampler.hpp"]
    text = "".join((native / name).read_text() for name in names)
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    for node in shared:
        assert isinstance(node, ast.FunctionDef)
        text += "".join(ast.unparse(statement) for statement in node.body[1:])  # less its docstring
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:16]
