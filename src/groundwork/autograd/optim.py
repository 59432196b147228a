"""Optimizers: SGD, Adam and AdamW, updating parameters in place, block by block.

A block bounds the scratch memory, whatever the parameter's size. It is large on purpose: each
pass over a block costs about a microsecond in Python and NumPy before the first entry is touched.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from groundwork.autograd.tensor import Tensor, as_tensor

BLOCK = 131072  # entries: half a megabyte of float32


class Optimizer:
    """Parameters to update, from the gradients that `backward` left in them."""

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError("an optimizer needs at least one parameter")
        if not lr >= 0:
            raise ValueError(f"a learning rate is at least 0, not {lr}")
        for parameter in self.parameters:
            if not (isinstance(parameter, Tensor) and parameter.requires_grad):
                raise ValueError("an optimizer updates Tensors with requires_grad=True")

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        raise NotImplementedError

    def _pending(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(position, flat parameter, flat gradient); the parameter is a view, written in place.

        Raises `ValueError` for a gradient of another shape.
        """
        for position, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                gradient = as_tensor(parameter.grad).data
                if gradient.shape != parameter.shape:
                    raise ValueError(
                        f"parameter {position} has shape {parameter.shape}, "
                        f"but its gradient {gradient.shape}"
                    )
                if not parameter.data.flags.c_contiguous:
                    parameter.data = np.ascontiguousarray(parameter.data)
                yield position, parameter.data.reshape(-1), gradient.reshape(-1)
                parameter.mark_changed()


class SGD(Optimizer):
    """θ ← θ − lr·b, with b ← momentum·b + g (b = g at first) and weight decay added to g.

    Source: Polyak, 1964, in PyTorch's form (the learning rate multiplies the velocity).
    Checked by: tests/autograd/test_optim.py (step by step against PyTorch).
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-2,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum, self.weight_decay = momentum, weight_decay
        self.velocities: dict[int, np.ndarray] = {}

    def step(self) -> None:
        for position, theta, g in self._pending():
            if self.weight_decay:
                g = g + self.weight_decay * theta
            if self.momentum:
                if position in self.velocities:
                    velocity = self.velocities[position]
                    velocity *= self.momentum
                    velocity += g
                else:
                    velocity = self.velocities[position] = g.copy()
                g = velocity
            theta -= self.lr * g


class Adam(Optimizer):
    """θ ← θ − lr·m̂/(√v̂ + eps), with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).

    m and v are running means of g and g² that start at 0; dividing by 1 − βᵗ undoes that start.
    Kept are M = m/(1 − β₁) and V = v/(1 − β₂), with M ← β₁M + g and V ← β₂V + g²: that is ten
    passes over memory for an update where the means themselves would need thirteen.
    `weight_decay` adds weight_decay·θ to g (L2; for the decoupled form see `AdamW`).
    Source: Kingma and Ba, "Adam", 2015, Algorithm 1.
    Checked by: tests/autograd/test_optim.py (step by step against PyTorch).
    """

    decoupled = False

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas lie in [0, 1), not {betas}")
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.steps = [0] * len(self.parameters)  # a parameter without a gradient keeps its count
        self.first = [np.zeros(p.size, p.dtype) for p in self.parameters]  # M
        self.second = [np.zeros(p.size, p.dtype) for p in self.parameters]  # V

    def step(self) -> None:
        for position, theta, g in self._pending():
            self.steps[position] += 1
            factors = self._factors(*self._corrections(self.steps[position]))
            first, second = self.first[position], self.second[position]
            scratch = np.empty(min(BLOCK, theta.size), theta.dtype)
            for start in range(0, theta.size, BLOCK):
                block = slice(start, start + BLOCK)
                self._update(theta[block], g[block], first[block], second[block], scratch, factors)

    def _corrections(self, t: int) -> tuple[float, float]:
        """What the running means m and v are divided by after `t` steps."""
        return 1 - self.betas[0] ** t, 1 - self.betas[1] ** t

    def _factors(self, first: float, second: float) -> tuple[float, float]:
        """The numbers k and e for which lr·m̂/(√v̂ + eps) = k·M/(√V + e)."""
        root = math.sqrt((1 - self.betas[1]) / second)
        return self.lr * (1 - self.betas[0]) / (first * root), self.eps / root

    def _update(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        first: np.ndarray,
        second: np.ndarray,
        scratch: np.ndarray,
        factors: tuple[float, float],
    ) -> None:
        work = scratch[: theta.size]
        if self.weight_decay and self.decoupled:
            theta *= 1 - self.lr * self.weight_decay
        elif self.weight_decay:
            g = g + self.weight_decay * theta
        first *= self.betas[0]
        first += g
        second *= self.betas[1]
        np.multiply(g, g, out=work)
        second += work
        np.sqrt(second, out=work)
        work += factors[1]
        np.divide(first, work, out=work)
        work *= factors[0]
        theta -= work


class AdamW(Adam):
    """Adam with decoupled weight decay: θ shrinks by lr·weight_decay, outside the moments.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, Algorithm 2.
    """

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)
