"""One change, biases that begin at 0: exponents and dead features beside the paper's setting."""

from pathlib import Path

import numpy as np

from groundwork.core.claims import Claim, claim
from groundwork.core.files import write_arrays, write_table
from groundwork.reproduction import compare, grid, mechanism, theory
from groundwork.reproduction.compare import NOT_ATTEMPTED, shown
from groundwork.reproduction.io import Record
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """What was predicted of the ablation, before it was run."""

    alpha: float = knob("Exponent of the features' frequencies.", ge=0)
    prediction: float = knob("The model exponent that the paper's geometry says stays.")
    tolerance: float = knob("How far from it a mean over seeds may lie and still be near.", gt=0)


def main(
    settings: Settings, *, native: Path, published_and_records: list[Path],
    table: step.Out, deaths: step.Out, arrays: step.Out,
) -> step.Claims:  # fmt: skip
    found, _ = compare.recorded(published_and_records[1:])
    rows, widths, held, claims = [], [], {}, {}
    for regime, gamma in (("strong", grid.STRONG), ("weak", grid.WEAK)):
        for bias_std in (1.0, 0.0):
            line = compare.line(found, settings.alpha, gamma, bias_std)
            own = [
                record
                for record in found
                if (record.cell.alpha, record.cell.gamma) == (settings.alpha, gamma)
                and record.cell.bias_std == bias_std
            ]
            name = f"{regime}_{'normal' if bias_std else 'zero'}"
            rows.append({"regime": regime, "bias": f"N(0, {bias_std:g})" if bias_std else "0",
                         **_exponent(line), "cells": len(own)})  # fmt: skip
            claims[name] = _claim(line)
            died = mechanism.by_width(own)
            widths += [{"regime": regime, "bias": rows[-1]["bias"], **row} for row in died]
            held |= {f"{name}_{key}": [row[key] for row in died] for key in ("m", "loss", "share")}
            if died:
                last = died[-1]
                claims[f"{name}_dead"] = claim(100 * last["share"], "%", "recorded", n=last["seeds"],
                    spread=(100 * last["share_low"], 100 * last["share_high"]))  # fmt: skip
                claims[f"{name}_dead_loss"] = claim(100 * last["loss_share"], "%", "recorded",
                    n=last["seeds"], spread=(100 * last["loss_share_low"], 100 * last["loss_share_high"]))  # fmt: skip
                claims[f"{name}_dead_width"] = claim(last["m"], "", "recorded")
            else:
                for key in ("dead", "dead_loss", "dead_width"):
                    claims[f"{name}_{key}"] = claim(NOT_ATTEMPTED, "", "recorded")
    claims |= _bins(found, settings.alpha, held)
    write_table(table, rows)
    write_table(deaths, widths or [{"regime": NOT_ATTEMPTED}], list(_columns()))
    write_arrays(arrays, held)
    verdict = _verdict(compare.line(found, settings.alpha, grid.STRONG, 0.0), settings)
    return {**claims, "verdict": claim(verdict, "", "recorded")}


def _columns() -> tuple[str, ...]:
    return ("regime", "bias", "m", "seeds", "loss", "share", "share_low", "share_high",
            "loss_share", "loss_share_low", "loss_share_high")  # fmt: skip


def _exponent(line: compare.Line) -> dict[str, object]:
    """A line's exponent with Student's interval over seeds, or that it was not attempted."""
    values = [fit.exponent for fit in line.fits]
    row: dict[str, object] = {"seeds": len(values)}
    row["exponent"] = shown(line.exponent if values else None)
    row["fit_error"] = shown(line.error if values else None)
    interval = theory.t_interval(values)[1:] if len(values) > 1 else None
    row["interval"] = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else NOT_ATTEMPTED
    return row


def _claim(line: compare.Line) -> Claim:
    values = [fit.exponent for fit in line.fits]
    if not values:
        return claim(NOT_ATTEMPTED, "", "recorded")
    interval = theory.t_interval(values)[1:] if len(values) > 1 else None
    return claim(line.exponent, "", "recorded", n=len(values), spread=interval)


def _bins(found: list[Record], alpha: float, held: dict[str, object]) -> dict[str, Claim]:
    """How the initial bias decides: strong regime, all recorded widths and seeds of the N(0, 1)."""
    own = [
        mechanism.deaths(record)
        for record in found
        if (record.cell.alpha, record.cell.gamma) == (alpha, grid.STRONG)
        and record.cell.bias_std == 1 and record.cell.width >= 25
    ]  # fmt: skip
    names = ("below_15", "below_1", "below_05", "below_0", "above_0")
    if not own:
        held["bins"] = []
        none = claim(NOT_ATTEMPTED, "", "recorded")
        return {f"strong_{name}": none for name in names} | {
            "bias_correlation": none,
            "rank_correlation": none,
        }
    shares = np.array([one.strong_by_bin for one in own])
    held["bins"] = shares
    claims = {
        f"strong_{name}": claim(100 * float(column.mean()), "%", "recorded", n=len(own),
                                spread=(100 * float(column.min()), 100 * float(column.max())))
        for name, column in zip(names, shares.T, strict=True)
    }  # fmt: skip
    for name in ("bias_correlation", "rank_correlation"):
        values = [abs(getattr(one, name)) for one in own]
        claims[name] = claim(
            float(np.mean(values)), "", "recorded", n=len(own), spread=(min(values), max(values))
        )
    return claims


def _verdict(line: compare.Line, settings: Settings) -> str:
    """Whether the prediction held, by the rule that was written with it."""
    if not line.fits:
        return NOT_ATTEMPTED
    near = abs(line.exponent - settings.prediction) <= settings.tolerance
    return "held" if near else "refuted"


if __name__ == "__main__":
    step.run(main)
