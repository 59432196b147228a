"""Digits, a layer and noise, cut to rising rank: the pictures of the animation and their errors."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import io, spectra
from groundwork.operators.svd import SVD, svd
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Pictures of the rank animation."""

    digits: int = knob("MNIST images in the data matrix.", ge=1, le=60000)
    shown: int = knob("Digits drawn in the animation.", ge=1)
    frames: int = knob("Frames of the animation.", ge=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(settings: Settings, *, images: Path, weights: Path, arrays: step.Out) -> step.Claims:
    pixels = io.read_idx(images)[: settings.digits].astype(float) / 255
    layers = io.read_matrices(weights)
    name = list(layers)[-2]  # the last convolution
    a = layers[name]
    mean = pixels.reshape(len(pixels), -1).mean(axis=0)
    parts = {
        "digits": svd(pixels.reshape(len(pixels), -1) - mean),
        "layer": svd(a),
        "noise": svd(stream(settings.seed, "noise").standard_normal(a.shape)),
    }
    shares = np.unique(np.concatenate([[0.02], np.linspace(0, 1, settings.frames + 1)[1:]]))
    out: dict[str, np.ndarray] = {"shares": shares, "shape": np.array(pixels.shape[1:])}
    for key, found in parts.items():
        out[f"{key}_kept"] = np.concatenate([[0.0], spectra.cumulative_energy(found.s)])
        out[f"{key}_ranks"] = np.array([rank(share, found) for share in shares])
    rows = slice(0, settings.shown)
    out["digits_frames"] = np.stack(
        [cut(parts["digits"], r, rows) + mean for r in out["digits_ranks"]]
    ).astype(np.float32)
    out["layer_frames"] = np.stack(
        [cut(parts["layer"], r, slice(None)) for r in out["layer_ranks"]]
    ).astype(np.float32)
    write_arrays(arrays, out)
    tenth = {key: rank(0.1, found) for key, found in parts.items()}
    return {
        "layer": claim(name, kind="exact"),
        **{
            f"{key}_tenth": claim(100 * out[f"{key}_kept"][tenth[key]], "%", "exact")
            for key in parts
        },
    }


def rank(share: float, found: SVD) -> int:
    return max(1, round(share * len(found.s)))


def cut(found: SVD, rank: int, rows: slice) -> np.ndarray:
    return (found.u[rows, :rank] * found.s[:rank]) @ found.vt[:rank]


if __name__ == "__main__":
    step.run(main)
