"""Optimizers: SGD, Adam and AdamW, updating parameters in place, block by block.

An update reads each entry of a parameter, its gradient and its moments a few times. Done on whole
arrays, every one of those passes goes to memory; done on blocks that fit the first-level cache,
only the first does.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from groundwork.autograd.tensor import Tensor

BLOCK = 8192  # entries: four float32 or float64 arrays of this size lie within a 256 KiB cache


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
        """(position, flat parameter, flat gradient); the parameter is a view, written in place."""
        for position, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                if not parameter.data.flags.c_contiguous:
                    parameter.data = np.ascontiguousarray(parameter.data)
                yield position, parameter.data.reshape(-1), parameter.grad.data.reshape(-1)
                parameter.mark_changed()


def _blocks(size: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, size, BLOCK))


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
        self.first = [np.zeros(p.size, p.dtype) for p in self.parameters]
        self.second = [np.zeros(p.size, p.dtype) for p in self.parameters]

    def step(self) -> None:
        for position, theta, g in self._pending():
            self.steps[position] += 1
            corrections = self._corrections(self.steps[position])
            m, v = self.first[position], self.second[position]
            scratch = np.empty((2, min(BLOCK, theta.size)), theta.dtype)
            for block in _blocks(theta.size):
                part = theta[block]
                self._update(
                    part, g[block], m[block], v[block], scratch[:, : part.size], corrections
                )

    def _corrections(self, t: int) -> tuple[float, float]:
        """What m and v are divided by after `t` steps."""
        return 1 - self.betas[0] ** t, 1 - self.betas[1] ** t

    def _update(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        m: np.ndarray,
        v: np.ndarray,
        scratch: np.ndarray,
        corrections: tuple[float, float],
    ) -> None:
        step, work = scratch
        if self.weight_decay and self.decoupled:
            theta *= 1 - self.lr * self.weight_decay
        elif self.weight_decay:
            g = g + self.weight_decay * theta
        np.subtract(g, m, out=work)
        work *= 1 - self.betas[0]
        m += work  # m + (1 − β₁)(g − m)
        np.multiply(g, g, out=work)
        work *= 1 - self.betas[1]
        v *= self.betas[1]
        v += work
        np.sqrt(v, out=work)
        work *= corrections[1] ** -0.5
        work += self.eps
        np.divide(m, work, out=step)
        step *= self.lr / corrections[0]
        theta -= step


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
