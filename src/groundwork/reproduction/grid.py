"""Which cells of the paper's table are trained, in the order of what each can decide."""

from collections.abc import Iterator

from groundwork.reproduction.cells import WIDTHS, Cell
from groundwork.reproduction.model import Training

STRONG, WEAK = -5 / 9, 1 / 3  # the two of the paper's ten decays that are reproduced
ALPHAS = tuple(step / 8 for step in range(17))
SEEDS = (0, 1, 2)
BATCHES = 100  # of the test, each as large as a training batch
TRAINING = Training(weight_decay=0.0)  # the paper's constants; a cell has its own decay


def line(alpha: float, gamma: float, seed: int, bias_std: float = 1.0) -> list[Cell]:
    """The six cells whose losses give one exponent."""
    return [Cell(alpha, gamma, width, seed, bias_std) for width in WIDTHS]


def ordered() -> Iterator[Cell]:
    """All cells: α = 1 with three seeds, the ablation of the bias likewise, then α = 0 and 2, then
    the other α from the middle outwards."""
    for bias_std in (1.0, 0.0):
        for seed in SEEDS:
            for gamma in (STRONG, WEAK):
                yield from line(1.0, gamma, seed, bias_std)
    rest = sorted(
        set(ALPHAS) - {1.0, 0.0, 2.0},
        key=lambda alpha: (alpha % 0.5 != 0, alpha % 0.25 != 0, alpha),
    )
    for alpha in (0.0, 2.0, *rest):
        for gamma in (STRONG, WEAK):
            yield from line(alpha, gamma, 0)
