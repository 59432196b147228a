"""The calculus of optimisation: derivatives as linear maps, saddle points, and four optimisers."""

from groundwork.calculus.minigrad_tensor import Tensor, hessian, jacobian, jvp, softmax

__all__ = ["Tensor", "hessian", "jacobian", "jvp", "softmax"]
