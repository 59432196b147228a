"""MicroGrad++: reverse-mode automatic differentiation over NumPy.

    from groundwork.autograd import Tensor, nn, optim

    x = Tensor([[1.0, 2.0]], requires_grad=True)
    (x @ x.T).sum().backward()
    x.grad                       # Tensor([[2., 4.]], float64)

Read `rules` (the derivative of every operation, a table), then `graph` (the walk), then `tensor`.
"""

from groundwork.autograd import nn, optim
from groundwork.autograd.check import GradientError, grad_check
from groundwork.autograd.export import graph_dict
from groundwork.autograd.functions import (
    concatenate,
    exp,
    gradients,
    linear,
    log,
    log_softmax,
    matmul,
    relu,
    sigmoid,
    softmax,
    sqrt,
    tanh,
    trace,
    where,
)
from groundwork.autograd.graph import no_grad
from groundwork.autograd.tensor import Tensor, as_tensor

__all__ = [
    "GradientError",
    "Tensor",
    "as_tensor",
    "concatenate",
    "exp",
    "grad_check",
    "gradients",
    "graph_dict",
    "linear",
    "log",
    "log_softmax",
    "matmul",
    "nn",
    "no_grad",
    "optim",
    "relu",
    "sigmoid",
    "softmax",
    "sqrt",
    "tanh",
    "trace",
    "where",
]
