"""The traffic formulas against counts: of the kernels' loads and stores, and of the twin's lines."""

import pytest
import torch

from groundwork.gpu_kernels import flash_attention, reference, rms_norm, softmax, traffic
from groundwork.gpu_kernels.meter import counting
from groundwork.gpu_kernels.softmax import ONE_PASS


def test_kernels_move_what_the_formulas_say() -> None:
    cases = [
        (lambda: softmax(torch.randn(7, 100)), traffic.softmax(7, 100, 4, "one pass")),
        (
            lambda: softmax(torch.randn(2, ONE_PASS + 1).half()),
            traffic.softmax(2, ONE_PASS + 1, 2, "online"),
        ),
        (
            lambda: flash_attention(*[torch.randn(1, 3, 200, 32).half()] * 3),
            traffic.attention(200, 200, 32, 2, "tiled", block=128, heads=3),
        ),
    ]
    for run, work in cases:
        with counting() as meter:
            run()
        assert (meter.read, meter.written) == (work.read, work.written)


def test_causal_attention_never_visits_tiles_above_the_diagonal() -> None:
    q = torch.randn(1, 1, 512, 16).half()
    with counting() as whole:
        flash_attention(q, q, q)
    with counting() as causal:
        flash_attention(q, q, q, causal=True)
    assert causal.flops == whole.flops * (1 + 2 + 3 + 4) // 16


def test_a_fused_norm_reads_and_writes_two_rows() -> None:
    x = torch.randn(3, 50)
    with counting() as meter:
        rms_norm(x, torch.ones(50), residual=x)
    fused = traffic.norm(3, 50, 4, "fused")
    assert meter.read == fused.read + 3 * 50 * 4  # the weights, once a row
    assert meter.written == fused.written + 2 * 3 * 4  # mean and scale of each row


class _Lines(torch.utils._python_dispatch.TorchDispatchMode):
    """Adds up the bytes of operands and results of every operation on more than a scalar."""

    def __init__(self) -> None:
        super().__init__()
        self.read = self.written = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ in ("amax", "sub", "exp", "sum", "div"):
            self.read += sum(a.nbytes for a in args if isinstance(a, torch.Tensor) and a.dim())
            self.written += out.nbytes
        return out


def test_unfused_softmax_moves_what_its_five_lines_read_and_write() -> None:
    x = torch.randn(6, 40)
    with _Lines() as lines:
        reference.softmax(x)
    work = traffic.softmax(6, 40, 4, "unfused")
    assert (lines.read, lines.written) == (work.read, work.written)


def test_the_roofline_has_a_slope_and_a_ceiling() -> None:
    assert traffic.attainable(2.0, 100.0, 1000.0) == 200.0
    assert traffic.attainable(50.0, 100.0, 1000.0) == 1000.0
    work = traffic.attention(4096, 4096, 64, 2, "compulsory")
    assert work.intensity == pytest.approx(4 * 4096**2 * 64 / (4 * 4096 * 64 * 2 + 4 * 4096))
