"""Softmax's Jacobian-vector product without the Jacobian, against PyTorch and against forming J."""

from functools import partial

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from groundwork.calculus.checks import formed_jacobian
from groundwork.calculus.minigrad_tensor import jacobian, jvp, softmax
from groundwork.core.claims import claim, measured
from groundwork.core.files import write_arrays, write_table
from groundwork.core.seeds import stream
from groundwork.core.timing import Summary, growth, interleave, ratio, summary
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import bounded, knob


class Settings(step.Settings):
    """Jacobian-vector products timed."""

    seed: int = knob("Seed of the vectors.", ge=0)
    sizes: list[bounded(int, ge=2)] = knob(
        "Entries of the softmax whose product is taken without J.", min_length=1
    )
    formed_sizes: list[bounded(int, ge=2)] = knob("Entries for which J is formed.", min_length=3)
    pushed_sizes: list[bounded(int, ge=2)] = knob(
        "Entries for which J is pushed forward column by column.", min_length=1
    )
    fit_from: int = knob("Smallest formed size in the fit of c·n² (and of a free power).", ge=2)
    target: int = knob(
        "Entries at which the comparison with PyTorch is read; one of `sizes`.", ge=2
    )
    repeats: int = knob("Timed rounds, rivals in turn.", ge=3)
    threads: int = knob("BLAS and PyTorch threads.", ge=1)


def main(settings: Settings, *, arrays: step.Out, table: step.Out) -> step.Claims:
    torch.set_num_threads(settings.threads)
    with threadpool_limits(limits=settings.threads):
        samples, errors = _measure(settings)
    fit = _fit(samples, settings)
    _write(samples, fit, arrays, table)
    return _claims(samples, errors, fit, settings)


def _measure(settings: Settings) -> tuple[dict[int, dict[str, list[float]]], dict[str, float]]:
    """Seconds of every rival at every size, and the largest gaps between their answers.

    `beside` is our own product again, timed in turn with the formed Jacobian.
    """
    samples: dict[int, dict[str, list[float]]] = {}
    errors = {"torch": 0.0, "formed": 0.0, "pushed": 0.0}
    for n in sorted({*settings.sizes, *settings.formed_sizes}):
        rng = stream(settings.seed, "jvp", n)
        x, v = rng.standard_normal((2, n))
        rivals = _rivals(x, v, n, settings)
        ours = rivals["free"]()
        for name in errors:
            if name in rivals:
                gap = np.abs(np.asarray(rivals[name]()) - ours).max() / np.abs(ours).max()
                errors[name] = max(errors[name], float(gap))
        small = {name: rivals[name] for name in ("free", "torch")}
        samples[n] = interleave(small, repeats=settings.repeats)
        if len(rivals) > len(small):  # apart: a large matrix empties the caches for the rival after
            large = {name: rivals[name] for name in rivals if name != "torch"}
            beside = interleave(large, repeats=settings.repeats)
            samples[n] |= {"beside": beside.pop("free"), **beside}
    return samples, errors


def _rivals(x: np.ndarray, v: np.ndarray, n: int, settings: Settings) -> dict:
    tx, tv = torch.from_numpy(x), torch.from_numpy(v)
    theirs = partial(torch.softmax, dim=0)
    rivals: dict = {
        "free": lambda: jvp(softmax, x, v)[1],
        "torch": lambda: torch.func.jvp(theirs, (tx,), (tv,))[1],
    }
    if n in settings.formed_sizes:  # diag(s) − s sᵀ written out, then one product
        rivals["formed"] = lambda: formed_jacobian(x) @ v
    if n in settings.pushed_sizes:  # every basis vector pushed forward, then one product
        rivals["pushed"] = lambda: jacobian(softmax, x) @ v
    return rivals


def _fit(samples: dict, settings: Settings) -> tuple[float, Summary]:
    """(c, p): c of seconds = c·n², with which we extrapolate, and p of a free power n^p.

    J has n² entries, so the exponent is known; the free one only shows how well the sizes at hand
    follow it. c is taken from each size's fastest round, which other work has disturbed least.
    """
    sizes = np.array([n for n in settings.formed_sizes if n >= settings.fit_from])
    formed = [samples[n]["formed"] for n in sizes]
    coefficient = np.exp(np.mean(np.log(np.min(formed, axis=1) / sizes**2.0)))
    return float(coefficient), growth(sizes, formed)


def _write(samples: dict, fit: tuple[float, Summary], arrays: step.Out, table: step.Out) -> None:
    kept: dict[str, np.ndarray] = {"fit": np.array(fit[0])}
    rows = []
    names = ("free", "torch", "formed", "pushed")
    for name in names:
        sizes = [n for n in samples if name in samples[n]]
        kept[f"{name}_sizes"] = np.array(sizes)
        kept[f"{name}_seconds"] = np.array([samples[n][name] for n in sizes])  # (sizes, repeats)
    for n, taken in samples.items():
        cells = [f"{1e3 * np.median(taken[name]):.4g}" if name in taken else "" for name in names]
        rows.append((n, *cells))
    write_arrays(arrays, kept)
    write_table(table, rows, ["n", *names])


def _claims(samples: dict, errors: dict, fit: tuple[float, Summary], settings: Settings) -> dict:
    target, largest = settings.target, max(settings.formed_sizes)
    against_torch = ratio(samples[target]["free"], samples[target]["torch"])
    against_formed = ratio(samples[largest]["formed"], samples[largest]["beside"])
    free = summary(1e3 * seconds for seconds in samples[target]["free"])
    coefficient, power = fit
    return {
        "target": claim(target, "entries", "exact"),
        "largest_formed": claim(largest, "entries", "exact"),
        "free_time": measured(free, "ms"),
        "against_torch": measured(against_torch),
        "formed_against_free": measured(against_formed),
        **_quartiles("against_torch", against_torch),
        **_quartiles("formed_against_free", against_formed),
        "formed_power": measured(power, ""),
        "formed_extrapolated": claim(coefficient * target**2, "s", "simulated"),
        "formed_bytes": claim(8 * target**2 / 1e12, "TB", "exact"),
        "free_bytes": claim(8 * target / 1e6, "MB", "exact"),
        "error_torch": claim(errors["torch"], n=len(samples)),
        "error_formed": claim(errors["formed"], n=len(settings.formed_sizes)),
        "error_pushed": claim(errors["pushed"], n=len(settings.pushed_sizes)),
    }


def _quartiles(name: str, found: Summary) -> dict:
    low, high = found.spread
    return {
        f"{name}_low": claim(low, "×", n=found.n),
        f"{name}_high": claim(high, "×", n=found.n),
    }


if __name__ == "__main__":
    step.run(main)
