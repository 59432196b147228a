"""How a kernel is launched: which tile sizes, and how they are chosen.

A kernel's candidates are listed beside it. On a GPU Triton's autotuner times those that fit and
keeps the fastest per key; in the interpreter, and within `untuned()`, the first that fits runs.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from groundwork.gpu_kernels.backend import INTERPRETED, triton

Fits = Callable[[Any, dict[str, Any]], bool]
Grid = tuple[int, ...] | Callable[[dict[str, Any]], tuple[int, ...]]
_search = not INTERPRETED
_calls: list["Call"] | None = None


@dataclass(frozen=True)
class Call:
    """One launch that was asked for: the kernel, its arguments by name, and the candidates."""

    launcher: "Launcher"
    arguments: dict[str, Any]

    def candidates(self) -> list[Any]:
        """Those that fit."""
        return [c for c in self.launcher.candidates if self.launcher.fits(c, self.arguments)]


@contextmanager
def captured() -> Iterator[list[Call]]:
    """Within this block kernels are noted instead of launched; wrappers take `meta` tensors."""
    global _calls
    before, _calls = _calls, []
    try:
        yield _calls
    finally:
        _calls = before


def capturing() -> bool:
    """Whether launches are being noted."""
    return _calls is not None


@contextmanager
def untuned() -> Iterator[None]:
    """Within this block nothing is timed: each kernel's first fitting candidate runs."""
    global _search
    before, _search = _search, False
    try:
        yield
    finally:
        _search = before


class Launcher:
    """A kernel, its candidate configurations, and the arguments on which the choice depends.

    `fits(config, arguments)` says whether a candidate makes sense for these arguments.
    """

    def __init__(
        self,
        kernel: Any,
        candidates: Sequence[Any],
        *,
        key: Sequence[str],
        fits: Fits | None = None,
    ) -> None:
        self.kernel, self.candidates = kernel, list(candidates)
        self._fits = fits
        self.search: Any = None
        self.times: dict[tuple[Any, ...], dict[Any, Any]] = {}  # key → candidate → milliseconds
        if not INTERPRETED:
            self.search = triton.autotune(
                self.candidates, list(key), prune_configs_by={"early_config_prune": self._prune}
            )(kernel)

    def fits(self, candidate: Any, arguments: dict[str, Any]) -> bool:
        """Whether a candidate makes sense for these arguments."""
        return self._fits is None or self._fits(candidate, arguments)

    def default(self, arguments: dict[str, Any]) -> Any:
        """The first candidate that fits."""
        return next(c for c in self.candidates if self.fits(c, arguments))

    def __call__(self, grid: Grid, *args: Any, **meta: Any) -> None:
        """Launch on `grid`, or `grid(meta)`; `meta` holds the constants that no candidate sets."""
        named = dict(zip(self.kernel.arg_names, args, strict=False))
        if _calls is not None:
            _calls.append(Call(self, {**named, **meta}))
            return
        if _search:
            known = set(self.search.cache)
            self.search[grid](*args, **meta)
            for found in set(self.search.cache) - known:
                self.times[found] = dict(getattr(self.search, "configs_timings", None) or {})
            return
        chosen = self.default({**named, **meta}).all_kwargs()
        size = grid({**meta, **chosen}) if callable(grid) else grid
        self.kernel[size](*args, **meta, **chosen)

    def timings(self) -> list[dict[str, Any]]:
        """What the autotuner timed: key, tile, warps, stages, milliseconds, and whether chosen."""
        rows = []
        for key, times in self.times.items():
            best = self.search.cache.get(key)
            for config, measured in times.items():
                middle = measured[0] if isinstance(measured, list | tuple) else measured
                tile = ", ".join(f"{name} {value}" for name, value in config.kwargs.items())
                rows.append({
                    "key": ", ".join(map(str, key)), "tile": tile, "warps": config.num_warps,
                    "stages": config.num_stages, "chosen": config == best,
                    "ms": middle if math.isfinite(middle) else "does not fit",
                })  # fmt: skip
        return rows

    def _prune(self, candidates: list[Any], named: dict[str, Any], **meta: Any) -> list[Any]:
        arguments = {**named, **meta}
        return [c for c in candidates if self.fits(c, arguments)] or [self.default(arguments)]


def processors(device: Any) -> int:
    """Streaming multiprocessors of a CUDA device; 4 in the interpreter, so that loops go round."""
    if device.type != "cuda":
        return 4
    import torch

    return int(torch.cuda.get_device_properties(device).multi_processor_count)
