"""Muon against PyTorch's own, and its directions against their singular values."""

import pytest
import torch

from groundwork.diffusion.muon import Muon, orthogonalized


def matrices(*shapes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def test_singular_values_come_near_one_and_directions_stay():
    for x, y in zip(
        given := matrices((8, 40), (40, 8), (8, 8), (16, 30)), orthogonalized(given), strict=True
    ):
        u, _, v = torch.linalg.svd(x, full_matrices=False)
        inside = u.mT @ y @ v.mT  # diagonal where directions are kept
        values = inside.diagonal()
        assert values.min() > 0.6
        assert values.max() < 1.25
        assert (inside - torch.diag(values)).abs().max() < 1e-3


def test_steps_are_those_of_torch():
    """PyTorch's takes bfloat16 products, so to three parts in a hundred of a step."""
    ours, theirs = (
        [torch.nn.Parameter(x) for x in matrices((8, 40), (40, 8), (8, 8))] for _ in range(2)
    )
    pair = [(ours, Muon(ours, lr=0.1))]
    pair += [(theirs, torch.optim.Muon(theirs, lr=0.1, weight_decay=0.0))]
    start = [p.detach().clone() for p in ours]
    for update in range(3):
        for parameters, optimizer in pair:
            for p, gradient in zip(
                parameters, matrices((8, 40), (40, 8), (8, 8), seed=update), strict=True
            ):
                p.grad = gradient
            optimizer.step()
    for a, b, first in zip(ours, theirs, start, strict=True):
        assert (a - b).norm() < 0.03 * (b - first).norm()


def test_a_kernel_is_its_matrix():
    kernel, matrix = (torch.nn.Parameter(x) for x in matrices((6, 4, 3, 3), (6, 36)))
    kernel.data = matrix.data.view(6, 4, 3, 3).contiguous(memory_format=torch.channels_last)
    (gradient,) = matrices((6, 36), seed=1)
    kernel.grad, matrix.grad = gradient.view(6, 4, 3, 3), gradient
    for p in (kernel, matrix):
        Muon([p], lr=0.1).step()
    assert torch.allclose(kernel.flatten(1), matrix, atol=1e-6)


def test_no_gradient_is_no_step():
    (matrix,) = (torch.nn.Parameter(x) for x in matrices((3, 5)))
    before = matrix.detach().clone()
    Muon([matrix], lr=0.1).step()
    matrix.grad = torch.zeros_like(matrix)
    Muon([matrix], lr=0.1).step()
    assert torch.equal(matrix, before)


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="another optimizer"):
        Muon([torch.zeros(3)], lr=0.1)


def test_no_step_of_unit_norm_lowers_the_linearised_loss_more():
    """prp-muon: −UVᵀ reaches the negative sum of singular values, random steps do not pass it."""
    (m,) = matrices((6, 20))
    u, values, v = torch.linalg.svd(m, full_matrices=False)
    best = -float(values.sum())
    assert float((m * -(u @ v)).sum()) == pytest.approx(best, rel=1e-5)
    for step in matrices(*[(6, 20)] * 50, seed=1):
        unit = step / torch.linalg.matrix_norm(step, 2)
        assert best <= float((m * unit).sum()) <= -best
    ours = -orthogonalized([m])[0]
    reached = float((m * ours).sum()) / float(torch.linalg.matrix_norm(ours, 2))
    assert best <= reached < 0.75 * best  # nearly, since the values are not all 1
