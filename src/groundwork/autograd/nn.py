"""Layers and the loss, in the shapes and initial values that PyTorch's users know."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from groundwork.autograd.functions import linear
from groundwork.autograd.tensor import Tensor, as_tensor, constant


class Module:
    """A function with parameters: the leaf Tensors and Modules among its attributes, in order."""

    training = True

    def forward(self, x: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def __call__(self, x: Any) -> Tensor:
        return self.forward(x)

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Pairs (dotted name, parameter), each parameter once."""
        seen: set[Tensor] = set()
        for name, part in vars(self).items():
            if isinstance(part, Tensor) and part.requires_grad:
                found = [(prefix + name, part)]
            elif isinstance(part, Module):
                found = list(part.named_parameters(f"{prefix}{name}."))
            else:
                continue
            for label, parameter in found:
                if parameter not in seen:
                    seen.add(parameter)
                    yield label, parameter

    def parameters(self) -> list[Tensor]:
        return [parameter for _, parameter in self.named_parameters()]

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """Pairs (name, module) of the modules among its attributes."""
        for name, part in vars(self).items():
            if isinstance(part, Module):
                yield name, part

    def described(self) -> str:
        """What tells it from others of its class, for `repr`."""
        return ""

    def __repr__(self) -> str:
        inner = [f"  ({name}): {part!r}".replace("\n", "\n  ") for name, part in self.children()]
        words = "\n".join(["", *inner, ""]) if inner else self.described()
        return f"{type(self).__name__}({words})"

    def modules(self) -> Iterator["Module"]:
        """This module and all within it."""
        yield self
        for _, part in self.children():
            yield from part.modules()

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> "Module":
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> "Module":
        return self.train(False)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the parameters' arrays, by name."""
        return {name: parameter.data.copy() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Set every parameter from `state`, or none.

        Raises `ValueError` for names or shapes that differ, `TypeError` for other than real numbers.
        """
        own = dict(self.named_parameters())
        missing, unknown = sorted(own.keys() - set(state)), sorted(set(state) - own.keys())
        if missing or unknown:
            raise ValueError(f"the state lacks {missing}, and {unknown} are not the module's")
        values = {name: as_tensor(state[name]).data for name in own}
        for name, parameter in own.items():
            if values[name].shape != parameter.shape:
                raise ValueError(f"{name}: expected {parameter.shape}, got {values[name].shape}")
        for name, parameter in own.items():
            parameter.data[...] = values[name]
            parameter.mark_changed()


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Evaluation mode within the block; afterwards each module is in the mode that it had."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


class Linear(Module):
    """x Wᵀ + b, with W (outputs, inputs) and b (outputs,) drawn from U(±1/√inputs).

    Source: LeCun et al., "Efficient BackProp", 1998, section 4.6, in PyTorch's variant.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = np.float32,
    ) -> None:
        rng = rng or np.random.default_rng()
        bound = 1 / math.sqrt(max(inputs, 1))
        self.weight = Tensor(rng.uniform(-bound, bound, (outputs, inputs)), True, dtype=dtype)
        self.bias = Tensor(rng.uniform(-bound, bound, outputs), True, dtype=dtype) if bias else None

    def described(self) -> str:
        outputs, inputs = self.weight.shape
        return f"{inputs}, {outputs}" + (", bias=False" if self.bias is None else "")

    def forward(self, x: Any) -> Tensor:
        if self.bias is None:
            return constant(x) @ self.weight.T
        return linear(x, self.weight, self.bias)


class ReLU(Module):
    """max(x, 0), entry by entry."""

    def forward(self, x: Any) -> Tensor:
        return constant(x).relu()


class Tanh(Module):
    """tanh x, entry by entry."""

    def forward(self, x: Any) -> Tensor:
        return constant(x).tanh()


class Sigmoid(Module):
    """1/(1 + e⁻ˣ), entry by entry."""

    def forward(self, x: Any) -> Tensor:
        return constant(x).sigmoid()


class Dropout(Module):
    """While training, zeroes entries with probability `rate`, scaling the rest by 1/(1 − rate).

    Source: Srivastava et al., "Dropout", 2014 (section 10: the scaling at training time).
    """

    def __init__(self, rate: float, *, rng: np.random.Generator | None = None) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"a dropout rate lies in [0, 1), not {rate}")
        self.rate, self.rng = rate, rng or np.random.default_rng()

    def described(self) -> str:
        return f"{self.rate:g}"

    def forward(self, x: Any) -> Tensor:
        x = constant(x)
        if not self.training or self.rate == 0:
            return x
        kept = self.rng.random(x.shape, dtype=np.float32) >= self.rate
        return x * as_tensor(kept.astype(x.dtype) * x.dtype.type(1 / (1 - self.rate)))


class Sequential(Module):
    """Modules applied one after another; their parameters are named by position."""

    def __init__(self, *layers: Module) -> None:
        for position, layer in enumerate(layers):
            setattr(self, str(position), layer)
        self.layers = layers

    def forward(self, x: Any) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return constant(x)


def cross_entropy(logits: Tensor, labels: Any) -> Tensor:
    """Mean over the rows of −log softmax(logits)[label] (nats).

    Shapes: logits (N, C), labels (N,) integers in 0..C−1 -> ().
    Raises `ValueError` for other shapes or labels out of range.
    """
    targets = labels.data if isinstance(labels, Tensor) else np.asarray(labels)
    if logits.ndim != 2 or targets.shape != logits.shape[:1]:
        raise ValueError(
            f"cross_entropy of {logits.shape} and {targets.shape}: "
            "expected logits (N, C) and labels (N,)"
        )
    classes = logits.shape[1]
    if targets.dtype.kind not in "iu" or (
        targets.size and not (targets.min() >= 0 and targets.max() < classes)
    ):
        raise ValueError(f"cross_entropy expects integer labels in 0..{classes - 1}")
    rows = np.arange(len(targets))
    return logits.log_softmax(axis=1)[rows, targets].sum() / -len(targets)


def mse(predictions: Tensor, targets: Any) -> Tensor:
    """The mean of the squared differences, over all entries.

    Shapes: two equal ones -> (). Raises `ValueError` for others.
    Differs: PyTorch's `mse_loss` broadcasts (N, 1) against (N,) to N² differences, with a warning.
    """
    goal = constant(targets)
    if predictions.shape != goal.shape:
        raise ValueError(f"mse of {predictions.shape} and {goal.shape}: expected equal shapes")
    difference = predictions - goal
    return (difference * difference).mean()
