"""Memory of kernel ridge: a fit and many predictions, against scikit-learn's, in fresh processes."""

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from groundwork.core.claims import claim
from groundwork.core.seeds import stream
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Memory against scikit-learn"""

    points: int = knob("training points", ge=10, le=20000)
    features: int = knob("features", ge=1, le=1000)
    queries: int = knob("query points", ge=1, le=10000000)
    peer_queries: int = knob("query points of scikit-learn", ge=1, le=1000000)
    seed: int = knob("seed of every random stream of the step", ge=0)


def ours() -> Any:
    from groundwork.kernel_ridge import KernelRidge

    return KernelRidge(penalty=0.1)


def peer() -> Any:
    from sklearn.kernel_ridge import KernelRidge  # here: a process holds its own library alone

    return KernelRidge(kernel="rbf", alpha=0.1)


def peaks(build: Callable[[], Any], settings: Settings, queries: int) -> np.ndarray:
    """MB (10⁶ bytes) at the peaks of a fresh process: library imported, after fit and predict."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, build, settings, queries))
    process.start()
    sender.close()
    found = np.array(receiver.recv())
    process.join()
    return found


def _work(sender: Connection, build: Callable[[], Any], settings: Settings, queries: int) -> None:
    model, held = build(), [_peak()]
    rng = stream(settings.seed, "memory")
    x = rng.normal(size=(settings.points, settings.features))
    model.fit(x, x[:, 0])
    held.append(_peak())
    model.predict(rng.normal(size=(queries, settings.features)))
    sender.send([*held, _peak()])


def _peak() -> float:
    """MB this process has held at most. On Linux `getrusage` would count the parent's as well."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS: bytes


def main(settings: Settings) -> step.Claims:
    imported, fit, predicted = peaks(ours, settings, settings.queries)
    peer_imported, peer_fit, peer_predicted = peaks(peer, settings, settings.peer_queries)
    return {
        "peak": claim(float(predicted), "MB"),
        "added": claim(float(predicted - imported), "MB"),
        "fit": claim(float(fit - imported), "MB"),
        "peer_fit": claim(float(peer_fit - peer_imported), "MB"),
        "gram": claim(8 * settings.points**2 / 1e6, "MB", "exact"),
        "peer_added": claim(float(peer_predicted - peer_imported), "MB"),
        "whole_kernel": claim(8 * settings.queries * settings.points // 10**6, "MB", "exact"),
    }


if __name__ == "__main__":
    step.run(main)
