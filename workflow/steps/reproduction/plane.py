"""Features as arrows in the plane: m = 2, and training that packs more of them than dimensions."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.reproduction import fast, model
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """The film of a small model."""

    features: int = knob("Features n, as arrows.", ge=3, le=20)
    density: float = knob("Features on in a sample, on average.", gt=0)
    gamma: float = knob("Weight decay; negative pulls arrows to unit length.")
    batch: int = knob("Samples of a step.", ge=1)
    steps: int = knob("Steps of the schedule.", ge=10)
    learning_rate: float = knob("The highest learning rate.", gt=0)
    frames: int = knob("Frames of the film, close at first and further apart later.", ge=2)
    seed: int = knob("Seed of the initial arrows and of the batches.", ge=0)


def main(settings: Settings, *, native: Path, arrays: step.Out) -> step.Claims:
    training = model.Training(
        settings.gamma, settings.batch, settings.steps, settings.steps // 10, settings.learning_rate
    )
    p = model.chances(settings.features, 0.0, settings.density)
    state = fast.State(*model.initial(settings.features, 2, 0.0, settings.seed))
    marks = np.unique((np.linspace(0, 1, settings.frames) ** 2 * settings.steps).astype(int))
    frames, losses = [state.weights.copy()], [_loss(state, p, settings)]
    for first, last in zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True):
        fast.train(state, training, p, settings.seed, range(first, last))
        frames.append(state.weights.copy())
        losses.append(_loss(state, p, settings))
    write_arrays(arrays, {"frames": frames, "steps": marks, "losses": losses, "bias": state.bias})
    norms = np.linalg.norm(frames[-1], axis=1)
    angles = np.sort(np.degrees(np.arctan2(*frames[-1][norms > 0.5].T)))
    gaps = np.diff(np.append(angles, angles[0] + 360))
    return {
        "represented": claim(int((norms > 0.5).sum()), "", "exact"),
        "smallest_angle": claim(float(gaps.min()), "°"),
        "largest_angle": claim(float(gaps.max()), "°"),
        "first_loss": claim(losses[0]),
        "last_loss": claim(losses[-1]),
    }


def _loss(state: fast.State, p: np.ndarray, settings: Settings) -> float:
    losses = fast.test_losses(state, p, seed=settings.seed, batch=settings.batch, batches=4)
    return float(losses.mean())


if __name__ == "__main__":
    step.run(main)
