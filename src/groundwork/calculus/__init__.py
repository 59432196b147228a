"""The calculus of optimisation: derivatives as linear maps, saddle points, and four optimisers."""

from groundwork.calculus.minigrad_tensor import Tensor, hessian, jacobian, jvp, softmax
from groundwork.calculus.optimisers import gradient_descent, newton, saddle_free_newton

__all__ = [
    "Tensor",
    "gradient_descent",
    "hessian",
    "jacobian",
    "jvp",
    "newton",
    "saddle_free_newton",
    "softmax",
]
