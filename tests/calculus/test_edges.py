"""Empty inputs, complex input, extreme scale."""

import numpy as np
import pytest

from groundwork.calculus import (
    gradient_descent,
    hessian,
    jacobian,
    jvp,
    newton,
    saddle_free_newton,
    softmax,
)
from groundwork.calculus.checks import central_differences
from groundwork.calculus.optimisers import gradient, gradient_and_hessian, saddle_free_step

NOTHING = np.zeros(0)


def test_derivatives_of_empty_inputs_and_outputs_have_their_shapes() -> None:
    assert jacobian(softmax, NOTHING).shape == (0, 0)
    assert jacobian(lambda x: x * 2.0, NOTHING).shape == (0, 0)
    assert jacobian(lambda x: x.sum(), np.zeros((0, 3))).shape == (0, 3)
    assert jacobian(lambda x: x[:0], np.ones(3)).shape == (0, 3)
    assert jacobian(lambda x: x.log_softmax(), NOTHING).shape == (0, 0)
    assert hessian(lambda x: (x * x).sum(), NOTHING).shape == (0, 0)
    assert central_differences(softmax, NOTHING).shape == (0, 0)
    value, tangent = jvp(lambda x: x.exp(), NOTHING, NOTHING)
    assert value.shape == tangent.shape == (0,)
    square = lambda x: (x * x).sum(axis=-1)  # noqa: E731
    assert gradient(square, np.zeros((4, 0))).shape == (4, 0)
    assert gradient_and_hessian(square, np.zeros((4, 0)))[1].shape == (4, 0, 0)
    for method in (newton, saddle_free_newton):
        assert method(square, NOTHING, steps=2).shape == (3, 0)
    assert gradient_descent(square, NOTHING, steps=2, rate=0.1).shape == (3, 0)


COMPLEX = {
    "jvp x": lambda z: jvp(lambda x: x * x, z, z.real),
    "jvp v": lambda z: jvp(lambda x: x * x, z.real, z),
    "jacobian": lambda z: jacobian(softmax, z),
    "hessian": lambda z: hessian(lambda x: x.sum(), z),
    "gradient": lambda z: gradient(lambda x: x.sum(axis=-1), z),
    "descent": lambda z: gradient_descent(lambda x: x.sum(axis=-1), z, steps=1, rate=1.0),
    "newton": lambda z: newton(lambda x: x.sum(axis=-1), z, steps=1),
    "saddle-free": lambda z: saddle_free_newton(lambda x: x.sum(axis=-1), z, steps=1),
    "text": lambda _: jacobian(softmax, ["1", "2"]),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_input_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"complex|real numbers"):
        COMPLEX[name](np.array([1.0 + 2j, 3.0]))


def test_a_long_step_is_cut_to_the_radius_and_no_further() -> None:
    x = np.array([[1e200, 0.0]])
    moved = saddle_free_step(lambda y: (y * y).sum(axis=-1), x, floor=1e-6, radius=1e190)
    np.testing.assert_allclose(moved, [[1e200 - 1e190, 0.0]])
    np.testing.assert_array_less(moved[0, 0], 1e200)
