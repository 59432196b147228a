"""Singular spectra of every layer of the ResNets, each against noise of its own shape."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundwork.core.claims import claim
from groundwork.core.files import write_arrays
from groundwork.core.seeds import stream
from groundwork.operators import io, spectra
from groundwork.operators.spectra import marchenko_pastur_top_energy as law
from groundwork.operators.svd import svd
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Singular spectra of the pretrained ResNets against noise."""

    share: float = knob(
        'Share of the singular values called "the top", between 0 and 1.', gt=0, le=1
    )
    energy: float = knob("Share of the sum of squares to be reached, between 0 and 1.", gt=0, le=1)
    draws: int = knob("Gaussian matrices drawn for the null band (per shape).", ge=1)
    shuffles: int = knob("Permutations of each layer's own entries.", ge=1)
    level: float = knob("Share of the noise draws inside the null band.", gt=0, lt=1)
    seed: int = knob("Seed of every random stream of the step.", ge=0)


def main(
    settings: Settings, *, weights: list[Path], arrays: step.Out, table: step.Out
) -> step.Claims:
    networks = {io.network_name(path): io.read_matrices(path) for path in sorted(weights)}
    shapes = sorted({a.shape for layers in networks.values() for a in layers.values()})
    nulls = {shape: null(shape, settings) for shape in shapes}
    rows, values = [], []
    for network, layers in networks.items():
        for index, (name, a) in enumerate(layers.items()):
            s = svd(a).s
            values.append(s)
            rows.append(
                {"network": network, "index": index, "layer": name}
                | layer(a, s, nulls[a.shape], settings, name)
            )
    frame = pd.DataFrame(rows)
    summary(frame).to_csv(table, index=False)
    write_arrays(arrays, {
        "values": np.concatenate(values),
        "lengths": np.array([len(s) for s in values]),
        "share": settings.share,
        **{f"null_{m}x{n}": null["cumulative"] for (m, n), null in nulls.items()},
        **{f"nullvalues_{m}x{n}": null["values"] for (m, n), null in nulls.items()},
        **{name: frame[name].to_numpy() for name in frame if name not in ("network", "layer")},
        **{name: frame[name].to_numpy().astype("U") for name in ("network", "layer")},
    })  # fmt: skip
    return claims(frame, nulls, settings)


def null(shape: tuple[int, int], settings: Settings) -> dict[str, Any]:
    """What Gaussian noise of this shape shows, as (low, median, high) over the draws."""
    rng = stream(settings.seed, "null", *shape)
    drawn = spectra.gaussian_spectra(shape, settings.draws, rng)
    unit = drawn / np.sqrt(np.square(drawn).sum(axis=1, keepdims=True))
    cumulative = np.stack([spectra.cumulative_energy(s) for s in drawn])
    ranks = np.array([spectra.rank_for_energy(s, settings.energy) for s in drawn])
    tops = np.array([spectra.top_energy(s, settings.share) for s in drawn])
    return {
        "values": spectra.band(unit, settings.level),
        "cumulative": spectra.band(cumulative, settings.level),
        "top": spectra.band(tops, settings.level),
        "rank": spectra.band(ranks, settings.level),
    }


def layer(
    a: np.ndarray, s: np.ndarray, null: dict[str, Any], settings: Settings, name: str
) -> dict[str, Any]:
    """One row: the layer's numbers beside those of noise and of its own shuffled entries."""
    rng = stream(settings.seed, "shuffle", name, *a.shape)
    shuffled = spectra.shuffled_spectra(a, settings.shuffles, rng)
    low, median, high = null["top"]
    return {
        "rows": a.shape[0],
        "columns": a.shape[1],
        "top": spectra.top_energy(s, settings.share),
        "null_low": low,
        "null_median": median,
        "null_high": high,
        "shuffled": max(spectra.top_energy(x, settings.share) for x in shuffled),
        "rank": spectra.rank_for_energy(s, settings.energy),
        "null_rank": int(null["rank"][1]),
        "full": len(s),
        "stable_rank": spectra.stable_rank(s),
        "reaches": spectra.top_energy(s, settings.share) >= settings.energy,
    }  # fmt: skip


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a network: medians over its layers."""
    groups = frame.groupby("network", sort=True)
    return pd.DataFrame({
        "network": list(groups.groups),
        "layers": groups.size().to_numpy(),
        "above": groups.apply(lambda g: int((g["top"] > g["null_high"]).sum())).to_numpy(),
        "top": 100 * groups["top"].median().to_numpy(),
        "null": 100 * groups["null_median"].median().to_numpy(),
        "most": 100 * groups["top"].max().to_numpy(),
        "rank": 100 * groups.apply(lambda g: (g["rank"] / g["full"]).median()).to_numpy(),
        "null_rank": 100 * groups.apply(lambda g: (g["null_rank"] / g["full"]).median()).to_numpy(),
    })  # fmt: skip


def claims(frame: pd.DataFrame, nulls: dict[Any, Any], settings: Settings) -> step.Claims:
    n = len(frame)
    above, below = frame["top"] > frame["null_high"], frame["top"] < frame["null_low"]
    most = frame.loc[frame["top"].idxmax()]
    shape = max(nulls, key=lambda shape: shape[0] * shape[1])
    counted = spectra.top_count(min(shape), settings.share) / min(shape)
    quartiles = 100 * frame["top"].quantile([0.25, 0.75]).to_numpy()
    ratios = frame["top"] / frame["null_median"]
    wide = frame[frame["columns"] == shape[1]]
    excess = frame["top"] - frame["shuffled"]
    return {
        "layers": claim(n, kind="exact"),
        "above": claim(int(above.sum()), kind="exact", n=n),
        "inside": claim(int((~above & ~below).sum()), kind="exact", n=n),
        "below": claim(int(below.sum()), kind="exact", n=n),
        "above_shuffled": claim(int((excess > 0).sum()), kind="exact", n=n),
        "reaching": claim(int(frame["reaches"].sum()), kind="exact", n=n),
        "top": claim(100 * frame["top"].median(), "%", "exact", n=n, spread=quartiles),
        "null": claim(100 * frame["null_median"].median(), "%", "exact", n=n),
        "ratio": claim(ratios.median(), "×", "exact", n=n, spread=ratios.quantile([0.25, 0.75])),
        "most": claim(100 * most["top"], "%", "exact"),
        "most_layer": claim(f"{most['layer']} of {most['network']}", kind="exact"),
        "rank": claim(100 * (frame["rank"] / frame["full"]).median(), "%", "exact", n=n),
        "null_rank": claim(100 * (frame["null_rank"] / frame["full"]).median(), "%", "exact", n=n),
        "wide_layers": claim(len(wide), kind="exact"),
        "wide_top": claim(100 * wide["top"].median(), "%", "exact", n=len(wide),
                          spread=100 * wide["top"].quantile([0.25, 0.75])),
        "wide_null": claim(100 * nulls[shape]["top"][1], "%", "exact", n=settings.draws,
                           spread=100 * nulls[shape]["top"][[0, 2]]),
        "wide_law": claim(100 * law(shape, counted), "%", "exact"),
        "square_law": claim(100 * law((1, 1), settings.share), "%", "exact"),
        "wide_shape": claim(f"{shape[0]} × {shape[1]}", kind="exact"),
        "level": claim(100 * settings.level, "%", "exact"),
        "shapes": claim(len(nulls), kind="exact"),
    }  # fmt: skip


if __name__ == "__main__":
    step.run(main)
