"""A set of images before its judges: one classifier, one reference set, every figure at once."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from groundwork.diffusion.classifier import Classifier, judge
from groundwork.diffusion.metrics import (
    Array,
    bootstrap_frechet,
    frechet_distance,
    nearest,
    precision_recall,
    wilson,
)

CONFIDENT = 0.9  # a digit counts as one when the classifier gives it more than this


@dataclass(frozen=True)
class Verdict:
    """What the judges say of n images. Shares in 0 … 1; intervals at 95 %.

    `frechet` (to the reference features, squared feature units), `confident` (share with a digit
    at more than 0.9), `coverage` (share of each digit, (10,)), `precision`, `recall`.
    """

    n: int
    frechet: float
    frechet_interval: tuple[float, float]
    confident: float
    confident_interval: tuple[float, float]
    coverage: Array
    precision: float
    recall: float


class Panel:
    """Judges that hold a classifier and the features of reference images.

    Shapes: reference (N, 1, H, W) in [−1, 1].
    """

    def __init__(self, classifier: Classifier, reference: Tensor) -> None:
        self.classifier = classifier
        self.reference = self.features(reference)[0]

    def features(self, images: Tensor) -> tuple[Array, Array]:
        """Features (N, D) and class probabilities (N, 10) in float64."""
        seen, chances = judge(self.classifier, images)
        return seen.double().numpy(), chances.double().numpy()

    def verdict(self, images: Tensor, draws: int = 100, seed: int = 0) -> Verdict:
        """Every figure of one set of images; the Fréchet distance to as many references."""
        features, chances = self.features(images)
        reference, n = self.reference[: len(images)], len(images)
        sure = int((chances.max(axis=1) > CONFIDENT).sum())
        balance = precision_recall(reference, features)
        return Verdict(
            n=n,
            frechet=frechet_distance(reference, features),
            frechet_interval=bootstrap_frechet(reference, features, draws, seed),
            confident=sure / n,
            confident_interval=wilson(sure, n),
            coverage=np.bincount(chances.argmax(axis=1), minlength=10) / n,
            precision=balance.precision,
            recall=balance.recall,
        )


@dataclass(frozen=True)
class Memory:
    """How near samples come to training images, against how near test images do.

    Distances are Euclidean over pixels in [−1, 1]. `nearest` (n,) and `place` (n,) of the samples,
    `expected` (m,) of the test images, `threshold` their 1st percentile, `below` the share of
    samples under it: a sampler that copies nothing has about 1 %, one that copies has far more.
    """

    nearest: Array
    place: np.ndarray
    expected: Array
    threshold: float
    below: float


def memorisation(samples: Tensor, test: Tensor, train: Tensor) -> Memory:
    """Nearest training neighbours of samples and of test images; all (·, 1, H, W)."""
    pixels = [value.flatten(1).numpy() for value in (samples, test, train)]
    distance, place = nearest(pixels[0], pixels[2])
    expected, _ = nearest(pixels[1], pixels[2])
    threshold = float(np.quantile(expected, 0.01))
    return Memory(distance, place, expected, threshold, float((distance < threshold).mean()))


def subset(images: np.ndarray, count: int, seed: int) -> np.ndarray:
    """`count` different images at random; raises `ValueError` where there are fewer."""
    if count > len(images):
        raise ValueError(f"{count} images asked for, {len(images)} there")
    order = np.random.default_rng([seed, len(images)]).permutation(len(images))
    return images[order[:count]]


def load_classifier(state: dict[str, Tensor], size: int) -> Classifier:
    """The classifier whose weights `state` holds, for images of a side."""
    model = Classifier(size, state["conv1.weight"].shape[0], state["hidden.weight"].shape[0])
    model.load_state_dict(state)
    return model.eval().requires_grad_(requires_grad=False)
