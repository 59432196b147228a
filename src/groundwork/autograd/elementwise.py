"""The functions that a Tensor has as methods, under NumPy's names: a line each, handed to `apply`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from groundwork.autograd import rules

if TYPE_CHECKING:
    from groundwork.autograd.tensor import Tensor


class Functions:
    """Functions of one Tensor, entry by entry or along an axis."""

    __slots__ = ()
    apply: Callable[..., Any]

    def exp(self) -> "Tensor":
        return self.apply(rules.EXP, self)

    def log(self) -> "Tensor":
        return self.apply(rules.LOG, self)

    def sqrt(self) -> "Tensor":
        return self.apply(rules.SQRT, self)

    def abs(self) -> "Tensor":
        """The size of each entry; the derivative at 0 is taken as 0."""
        return self.apply(rules.ABSOLUTE, self)

    __abs__ = abs

    def relu(self) -> "Tensor":
        return self.apply(rules.RELU, self)

    def tanh(self) -> "Tensor":
        return self.apply(rules.TANH, self)

    def sigmoid(self) -> "Tensor":
        """1/(1 + e⁻ˣ), to full relative precision for negative x too."""
        return self.apply(rules.SIGMOID, self)

    def softmax(self, axis: int = -1) -> "Tensor":
        return self.apply(rules.SOFTMAX, self, axis=axis)

    def log_softmax(self, axis: int = -1) -> "Tensor":
        return self.apply(rules.LOG_SOFTMAX, self, axis=axis)
