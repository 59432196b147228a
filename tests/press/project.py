"""A small Groundwork of its own: the fixture documents over results made up for the engine."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from groundwork.core.claims import claim
from groundwork.core.style import Theme, label_lines, plt
from groundwork_harness.pipeline.media import save_animation, save_figure

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "src" / "documents"


def documents(folder: Path) -> Path:
    """The fixture's documents with the real filters, templates, assets and styles."""
    shutil.copytree(HERE / "fixtures" / "documents", folder, dirs_exist_ok=True)
    for name in ("filters", "templates", "assets"):
        shutil.copytree(SHARED / name, folder / name)
    shutil.copyfile(
        SHARED / "references" / "groundwork.csl", folder / "references" / "groundwork.csl"
    )
    shutil.copyfile(SHARED / "_quarto.yml", folder / "_quarto.yml")
    return folder


def results(folder: Path) -> Path:
    """Claims, a table, a figure and an animation of room `alpha`."""
    room = folder / "alpha"
    (room / "figures").mkdir(parents=True)
    claims = {
        "top": claim(31.24, "%", n=72, spread=(28.0, 35.5)),
        "error": claim(3.2e-9, kind="exact", n=1000),
        "cases": claim(12500, kind="exact"),
        "ratio": claim(1.234, "×", n=15, spread=(1.1, 1.3)),
        "seconds": claim(12.5, "s"),
    }
    origin = {
        "rule": "alpha_spectra", "seeds": [0], "inputs": {"results/data/w.th": "ab" * 32},
        "versions": {"python": "3.11.2", "numpy": "2.4.6"}, "device": "A processor, 2 cores",
        "commit": "0123456789abcdef", "dirty": False, "time": "2026-02-01T10:00:00+00:00",
        "standins": [], "script": "workflow/steps/alpha/spectra.py",
        "settings": {"draws": 200, "share": 0.1, "ranks": [1, 2, 8], "loop": {"rate": 3e-4}},
    }  # fmt: skip
    (room / "spectra.json").write_text(json.dumps({"claims": claims, "provenance": origin}))
    (room / "accuracy.csv").write_text(
        "family,error,cases\ntall | thin,3.2e-9,400\nwide,1.5e-12,600\n"
    )
    (room / "spectra").mkdir()
    for name in ("spectra/parts.csv", "loose.csv"):  # tables without a record of their own
        (room / name).write_text("part,cases\none,3\n")
    origin = origin | {"rule": "alpha_accuracy"}
    (room / "accuracy.json").write_text(json.dumps({"claims": {}, "provenance": origin}))
    save_figure(_spectrum, room / "figures" / "spectrum")
    save_animation(_settling, room / "figures" / "settling")
    for name in ("spectrum", "settling"):
        record = room / "figures" / f"{name}.record.json"
        record.write_text(json.dumps({"provenance": origin | {"rule": f"alpha/figures/{name}"}}))
    return folder


def _spectrum(theme: Theme) -> Figure:
    figure, axes = plt.subplots()
    x = np.arange(1, 65)
    axes.fill_between(x, 0.8 - x / 90, 1.0 - x / 90, color=theme.muted, alpha=0.3)
    label_lines(axes, {"layer 1": axes.semilogy(x, 2 * np.exp(-x / 20))[0]})
    axes.set(xlabel="index of the singular value", ylabel="singular value / largest", xlim=(0, 76))
    return figure


def _settling(theme: Theme) -> Iterator[Figure]:
    points = np.random.default_rng(0).normal(size=(2, 40))
    for step in range(4):
        figure, axes = plt.subplots(figsize=(4, 3))
        axes.scatter(*points / (1 + step), color=theme.colors[0], s=14)
        axes.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="first coordinate", ylabel="second coordinate")
        yield figure
