"""Fine-tune fully and through low-rank adapters: are the weights low-rank, or the update?"""

from pathlib import Path

import numpy as np
import pandas as pd

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import finetune, io, spectra
from groundwork.operators.svd import low_rank, svd
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Full and low-rank fine-tuning of a small network on MNIST turned by a quarter."""

    hidden: int = knob("Units of both hidden layers.", ge=1)
    examples: int = knob("Images of the first training.", ge=1)
    tune_examples: int = knob("Turned images to fine-tune on.", ge=1)
    check_examples: int = knob("Turned images on which the learning rate is chosen.", ge=1)
    epochs: int = knob("Epochs of the first training.", ge=1)
    tune_epochs: int = knob("Epochs of fine-tuning.", ge=1)
    batch: int = knob("Images per batch.", ge=1)
    rate: float = knob("Learning rate of the first training (falls linearly to 0).", gt=0)
    tune_rates: list[bounded(float, gt=0)] = knob(
        "Learning rates tried when fine-tuning.", min_length=1
    )
    ranks: list[bounded(int, ge=1)] = knob(
        "Ranks of adapters and truncations; the documents quote 1, 8 and 16.",
        min_length=1,
        holds=[1, 8, 16],
    )
    draws: int = knob("Gaussian matrices drawn for the null band (per shape).", ge=1)
    share: float = knob(
        'Share of the singular values called "the top", between 0 and 1.', gt=0, le=1
    )
    energy: float = knob("Share of the sum of squares to be reached, between 0 and 1.", gt=0, le=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


Split = tuple[np.ndarray, np.ndarray]


def main(
    settings: Settings, *, images: Path, labels: Path, test_images: Path, test_labels: Path,
    arrays: step.Out, table: step.Out,
) -> step.Claims:  # fmt: skip
    x, y = io.read_idx(images), io.read_idx(labels)
    xt, yt = io.read_idx(test_images), io.read_idx(test_labels)
    first, last = settings.examples, settings.tune_examples + settings.check_examples
    sizes = [x[0].size, settings.hidden, settings.hidden, 10]
    start = finetune.initialise(sizes, stream(settings.seed, "start"))
    before = finetune.train(start, flat(x[:first]), y[:first], stream(settings.seed, "train"),
                            epochs=settings.epochs, batch=settings.batch,
                            rate=settings.rate)  # fmt: skip
    turned, answers = flat(quarter_turn(x[-last:])), y[-last:]
    tune = turned[: settings.tune_examples], answers[: settings.tune_examples]
    check = turned[settings.tune_examples :], answers[settings.tune_examples :]
    test = flat(quarter_turn(xt)), yt
    full, _ = best(before, tune, check, settings, None)
    rows = [rivals(before, full, rank, tune, check, test, settings) for rank in settings.ranks]
    frame = pd.DataFrame(rows)
    frame.to_csv(table, index=False)
    curves = middle_layer(start, before, full)
    write_arrays(arrays, {name: frame[name].to_numpy() for name in frame}
                 | {f"{name}_energy": spectra.cumulative_energy(s) for name, s in curves.items()}
                 | {"full": 100 * finetune.accuracy(full, *test), "share": settings.share,
                    "null_energy": null(settings)})  # fmt: skip
    return claims(before, full, frame, curves, test, (flat(xt), yt), settings)


def flat(images: np.ndarray) -> np.ndarray:
    """Pixels as centred float32 rows (mean and deviation of MNIST's training set)."""
    return ((images.reshape(len(images), -1) / 255 - 0.1307) / 0.3081).astype(np.float32)


def quarter_turn(images: np.ndarray) -> np.ndarray:
    return np.rot90(images, axes=(1, 2))


def best(
    before: finetune.Network, tune: Split, check: Split, settings: Settings, rank: int | None
) -> tuple[finetune.Network, float]:
    """Fine-tuned at each rate; the one that does best on the held-out check examples."""
    made = []
    for rate in settings.tune_rates:
        rng = stream(settings.seed, "tune", str(rank))
        parts = None if rank is None else finetune.adapters(before, rank, rng)
        network = finetune.train(before, *tune, rng, epochs=settings.tune_epochs,
                                 batch=settings.batch, rate=rate, low_rank=parts)  # fmt: skip
        made.append((finetune.accuracy(network, *check), rate, network))
    _, rate, network = max(made, key=lambda entry: entry[0])
    return network, rate


def rivals(
    before: finetune.Network, full: finetune.Network, rank: int, tune: Split, check: Split,
    test: Split, settings: Settings,
) -> dict[str, float]:  # fmt: skip
    """Test accuracies (%) at one rank: adapters, truncated update, truncated weights."""
    adapted, rate = best(before, tune, check, settings, rank)
    update, weights = full.copy(), full.copy()
    for i, (new, old) in enumerate(zip(full.weights, before.weights, strict=True)):
        update.weights[i] = old + low_rank(new - old, rank).astype(np.float32)
        weights.weights[i] = low_rank(new, rank).astype(np.float32)
    return {
        "rank": rank,
        "adapters": 100 * finetune.accuracy(adapted, *test),
        "truncated_update": 100 * finetune.accuracy(update, *test),
        "truncated_weights": 100 * finetune.accuracy(weights, *test),
        "rate": rate,
    }


def middle_layer(
    start: finetune.Network, before: finetune.Network, full: finetune.Network
) -> dict[str, np.ndarray]:
    """Singular values of the square layer: weights, both updates (tuning, first training)."""
    w0, w1, w2 = (net.weights[1].astype(float) for net in (start, before, full))
    return {"weights": svd(w2).s, "update": svd(w2 - w1).s, "training": svd(w1 - w0).s}


def null(settings: Settings) -> np.ndarray:
    shape = (settings.hidden, settings.hidden)
    drawn = spectra.gaussian_spectra(shape, settings.draws, stream(settings.seed, "null"))
    return spectra.band(np.stack([spectra.cumulative_energy(s) for s in drawn]))


def claims(
    before: finetune.Network, full: finetune.Network, frame: pd.DataFrame,
    curves: dict[str, np.ndarray], test: Split, upright: Split, settings: Settings,
) -> step.Claims:  # fmt: skip
    made = {
        "before_upright": claim(100 * finetune.accuracy(before, *upright), "%", n=len(upright[1])),
        "before": claim(100 * finetune.accuracy(before, *test), "%", n=len(test[1])),
        "full": claim(100 * finetune.accuracy(full, *test), "%", n=len(test[1])),
        "null_top": claim(
            100 * float(null(settings)[1][spectra.top_count(settings.hidden, settings.share) - 1]),
            "%", n=settings.draws),
    }  # fmt: skip
    for name, s in curves.items():
        made[f"{name}_top"] = claim(100 * spectra.top_energy(s, settings.share), "%")
        made[f"{name}_rank"] = claim(spectra.rank_for_energy(s, settings.energy))
    for row in frame.itertuples():
        for name in ("adapters", "truncated_update", "truncated_weights"):
            made[f"{name}_{row.rank}"] = claim(getattr(row, name), "%", n=len(test[1]))
    return made


if __name__ == "__main__":
    step.run(main)
