"""No kernel computes in bfloat16: the interpreter of Triton 3.9 would add and multiply bit patterns.

Whatever the interpreter computes passes through a few of its functions; these note operands that
are bfloat16. Loads, stores, casts, selections and (repaired, see backend.py) matrix products are
free to hold such numbers.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from gpu_kernels.test_mutations import planted

from groundwork.gpu_kernels import checks
from groundwork.gpu_kernels.backend import tl
from groundwork.gpu_kernels.softmax import ONE_PASS

COMPUTE = ("binary_op", "unary_op", "create_fma", "create_fabs", "create_rsqrt", "create_erf")
BFLOAT = torch.bfloat16
USES: dict[str, Callable[[], object]] = {
    "softmax": lambda: checks.softmax_errors(3, 40, BFLOAT, 0),
    "softmax, long rows": lambda: checks.softmax_errors(1, ONE_PASS + 1, BFLOAT, 0),
    "attention": lambda: checks.attention_errors((20, 37), 16, False, BFLOAT, 0),
    "causal attention": lambda: checks.attention_errors((20, 20), 16, True, BFLOAT, 0),
    "layer norm": lambda: checks.norm_errors("layer_norm", 5, 21, BFLOAT, 0),
    "RMS norm": lambda: checks.norm_errors("rms_norm", 5, 21, BFLOAT, 0),
}


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the interpreter's functions that were given bfloat16 numbers to compute with."""
    from triton.runtime import interpreter

    found: list[str] = []

    def watch(owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def noting(self: object, *given: object) -> object:
            for one in (x for g in given for x in (g if isinstance(g, tuple) else (g,))):
                handle = getattr(one, "handle", one)
                if (
                    isinstance(handle, interpreter.TensorHandle)
                    and handle.dtype.scalar == tl.bfloat16
                ):
                    found.append(name)
            return plain(self, *given)

        monkeypatch.setattr(owner, name, noting)

    for name in COMPUTE:
        watch(interpreter.InterpreterBuilder, name)
    watch(interpreter.ReduceScanOpInterface, "apply")
    return found


@pytest.mark.parametrize("use", USES)
def test_no_kernel_computes_in_bfloat16(use: str, computed: list[str]) -> None:
    USES[use]()
    assert computed == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # patterns added as numbers overflow
@pytest.mark.parametrize(
    ("name", "before_the_cast"),
    [("binary_op", "value + value"), ("apply", "tl.sum(value, axis=1)[:, None] + value")],
)
def test_a_cast_that_comes_too_late_is_noticed(
    name: str,
    before_the_cast: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    computed: list[str],
) -> None:
    late = f"value = ({before_the_cast}).to(tl.float32)"
    module = planted(tmp_path, "softmax", "value = value.to(tl.float32)", late)
    monkeypatch.setattr(checks, "softmax", module.softmax)
    USES["softmax"]()
    assert name in computed
