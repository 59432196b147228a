"""Kernels here run in Triton's interpreter, which must be chosen before Triton is imported.

The variable is set for that import and for this folder's modules alone, so that no other room's
test or subprocess sees it.
"""

import sys
from collections.abc import Iterator

import pytest
import torch

if "triton" in sys.modules:
    from groundwork.gpu_kernels.backend import INTERPRETED

    if not INTERPRETED:
        raise pytest.UsageError(
            "Triton was imported before tests/gpu_kernels could choose its interpreter: "
            "run this folder by itself (pytest tests/gpu_kernels)"
        )
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("TRITON_INTERPRET", "1")
    from groundwork.gpu_kernels import backend

if not backend.AVAILABLE:
    collect_ignore_glob = ["test_*.py"]
    print(f"tests/gpu_kernels: not run. {backend.ABSENT}", file=sys.stderr)


@pytest.fixture(scope="module", autouse=True)
def interpreter() -> Iterator[None]:
    """Parts of Triton that load late look at the variable again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        yield


@pytest.fixture(autouse=True)
def same_draws() -> None:
    """A test that fails fails again, whichever ran before it."""
    torch.manual_seed(0)
