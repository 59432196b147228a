"""Distance contrast against dimension: Gaussian points, digits, and a network's activations."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.nn import functional

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import io, neighbours
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob

NAMES = {"contrast": "contrast_real"}  # the Gaussian curve has the plain name
CIFAR_MEAN, CIFAR_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of its training


class Settings(step.Settings):
    """Distance contrast against dimension."""

    dims: list[bounded(int, ge=1)] = knob(
        "Dimensions in which Gaussian data are drawn; the documents quote 10, 100 and 1000.",
        min_length=1,
        holds=[10, 100, 1000],
    )
    points: int = knob("Points searched among.", ge=1)
    queries: int = knob("Queries asked.", ge=1)
    repeats: int = knob("Repeats of the draw or the timing.", ge=1)
    confidence: float = knob(
        "Probability with which the contrast theorem's bound holds.", gt=0, lt=1
    )
    cosine: float = knob("Correlation of a related query with its point.", ge=0, le=1)
    images: int = knob("MNIST images searched among.", ge=1)
    batch: int = knob("Images per batch.", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(
    settings: Settings, *, weights: Path, images: Path, labels: Path,
    arrays: step.Out, table: step.Out,
) -> step.Claims:  # fmt: skip
    gauss = gaussian(settings)
    count = settings.images + settings.queries
    pixels, digits = io.read_idx(images)[:count], io.read_idx(labels)[:count]
    data = {"MNIST pixels": pixels.reshape(count, -1) / 255.0}
    data |= activations(io.read_state(weights), pixels, settings.batch)
    frame = pd.DataFrame([real(name, x, digits, settings) for name, x in data.items()])
    frame.to_csv(table, index=False)
    write_arrays(arrays, gauss | {
        "names": frame["data"].to_numpy().astype("U"),
        **{NAMES.get(name, name): frame[name].to_numpy() for name in frame if name != "data"},
    })  # fmt: skip
    return claims(settings, gauss, frame)


def gaussian(settings: Settings) -> dict[str, np.ndarray]:
    """Contrast of Gaussian data per dimension, and how often a planted neighbour is the nearest."""
    spread, bound, found = [], [], []
    for d in settings.dims:
        values, hits = [], []
        for repeat in range(settings.repeats):
            rng = stream(settings.seed, "gaussian", d, repeat)
            points = rng.standard_normal((settings.points, d))
            queries = rng.standard_normal((settings.queries, d))
            values.append(neighbours.contrast(queries, points))
            # Related queries: correlated with one point each, as a question is with its answer.
            share = settings.cosine
            related = share * points[: settings.queries] + np.sqrt(1 - share**2) * queries
            nearest = neighbours.distances(related, points).argmin(axis=1)
            hits.append(nearest == np.arange(settings.queries))
        spread.append(np.quantile(np.concatenate(values), [0.25, 0.5, 0.75]))
        bound.append(neighbours.contrast_bound(d, settings.points, settings.confidence))
        found.append(100 * np.mean(hits))
    return {"dims": np.array(settings.dims), "contrast": np.array(spread),
            "bound": np.array(bound), "planted": np.array(found)}  # fmt: skip


def real(name: str, x: np.ndarray, digits: np.ndarray, settings: Settings) -> dict[str, object]:
    """One data set: its contrast, that of its shuffled columns, that of Gaussian data as wide."""
    q = settings.queries
    rng = stream(settings.seed, name)
    own = neighbours.distances(x[:q], x[q:])
    shuffled = neighbours.shuffled_columns(x, rng)
    noise = rng.standard_normal(x.shape, dtype=np.float32)
    return {
        "data": name,
        "dim": x.shape[1],
        "contrast": float(np.median(neighbours.contrast(x[:q], x[q:]))),
        "shuffled": float(np.median(neighbours.contrast(shuffled[:q], shuffled[q:]))),
        "gaussian": float(np.median(neighbours.contrast(noise[:q], noise[q:]))),
        "equivalent": 2 / neighbours.relative_variance(x[:q], x[q:]),
        "same_digit": 100 * float((digits[q:][own.argmin(axis=1)] == digits[:q]).mean()),
    }


def activations(
    state: dict[str, np.ndarray], pixels: np.ndarray, batch: int
) -> dict[str, np.ndarray]:
    """ResNet-20's activations after each of its three stages and after pooling, float32 rows.

    The digits are padded to 32 × 32 and put in all three colours: not what the network was
    trained on, and real activations all the same.
    """
    x = torch.from_numpy(pixels.astype(np.float32) / 255)[:, None]
    x = functional.pad(x, (2, 2, 2, 2)).expand(-1, 3, -1, -1)  # (images, 3, 32, 32)
    x = (x - torch.tensor(CIFAR_MEAN)[:, None, None]) / torch.tensor(CIFAR_DEVIATION)[:, None, None]
    tensors = {name: torch.from_numpy(value) for name, value in state.items()}
    torch.set_num_threads(1)
    parts: dict[str, list[np.ndarray]] = {}
    with torch.inference_mode():
        for start in range(0, len(x), batch):
            for name, value in stages(tensors, x[start : start + batch]):
                parts.setdefault(name, []).append(value.flatten(1).numpy())
    return {f"ResNet-20, {name}": np.concatenate(values) for name, values in parts.items()}


def stages(state: dict[str, torch.Tensor], x: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """The forward pass of ResNet-20 (He et al. 2015, section 4.2), yielding each stage's output."""
    x = functional.relu(norm(state, "bn1", functional.conv2d(x, state["conv1.weight"], padding=1)))
    for stage in (1, 2, 3):
        for block in range(3):
            at, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            y = functional.conv2d(x, state[f"{at}.conv1.weight"], stride=stride, padding=1)
            y = functional.relu(norm(state, f"{at}.bn1", y))
            y = norm(
                state, f"{at}.bn2", functional.conv2d(y, state[f"{at}.conv2.weight"], padding=1)
            )
            if stride == 2:  # the shortcut: every second pixel, new channels zero
                extra = y.shape[1] // 4
                x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, extra, extra))
            x = functional.relu(x + y)
        yield f"stage {stage}", x
    yield "pooled", x.mean(dim=(2, 3))


def norm(state: dict[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
    return functional.batch_norm(x, mean, variance, state[f"{name}.weight"], state[f"{name}.bias"])


def claims(settings: Settings, gauss: dict[str, np.ndarray], frame: pd.DataFrame) -> step.Claims:
    n = settings.queries * settings.repeats
    made = {}
    for d in (10, 100, 1000):  # what the essay quotes; the figure shows every dimension
        i = settings.dims.index(d)
        low, middle, high = gauss["contrast"][i]
        made[f"gaussian_{d}"] = claim(middle, n=n, spread=(low, high))
        made[f"planted_{d}"] = claim(gauss["planted"][i], "%", n=n)
    keys = ("pixels", "stage1", "stage2", "stage3", "pooled")
    for key, row in zip(keys, frame.itertuples(), strict=True):
        for column in ("contrast", "shuffled", "equivalent"):
            made[f"{key}_{column}"] = claim(getattr(row, column), n=settings.queries)
        made[f"{key}_dim"] = claim(row.dim, kind="exact")
        made[f"{key}_same"] = claim(row.same_digit, "%", n=settings.queries)
    return made


if __name__ == "__main__":
    step.run(main)
