"""What the wrappers refuse, in words that say what to do."""

import torch
from torch import Tensor

from groundwork.gpu_kernels.backend import ABSENT, AVAILABLE, INTERPRETED
from groundwork.gpu_kernels.launch import capturing

DTYPES = (torch.float32, torch.float16, torch.bfloat16)


def check(name: str, x: Tensor, *, dims: int | None = None) -> Tensor:
    """`x` with its memory as it reads; what no kernel of the room can take is refused.

    A tensor that PyTorch negates lazily (`z.conj().imag`) holds the opposite sign in memory.

    Raises: `TypeError` for no tensor or another dtype than float32, float16, bfloat16;
    `ValueError` for a wrong number of axes, or a tensor that is not where the kernels run;
    `ModuleNotFoundError` where Triton is missing.
    """
    if not AVAILABLE:
        raise ModuleNotFoundError(ABSENT, name="triton")
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} is a {type(x).__name__}, not a torch.Tensor")
    if x.dtype not in DTYPES:
        raise TypeError(
            f"{name} has dtype {x.dtype}; the kernels take float32, float16 and bfloat16 "
            f"(they compute in float32), so convert it: {name}.float()"
        )
    if dims is not None and x.dim() != dims:
        raise ValueError(f"{name} has {x.dim()} axes, not {dims}: shape {tuple(x.shape)}")
    if x.layout != torch.strided:
        raise ValueError(f"{name} has layout {x.layout}; make it dense: {name}.to_dense()")
    if capturing():
        return x
    if INTERPRETED and x.device.type != "cpu":
        raise ValueError(
            f"{name} is on {x.device}, and TRITON_INTERPRET=1 runs kernels on the CPU: unset it"
        )
    if not INTERPRETED and x.device.type != "cuda":
        raise ValueError(
            f"{name} is on {x.device}, and a Triton kernel needs a CUDA GPU: {name}.cuda(); "
            "without one set TRITON_INTERPRET=1 before Python starts (slow, for checks only)"
        )
    return resolved(x)


def resolved(x: Tensor) -> Tensor:
    """`x`, its lazy negation carried out: kernels read memory, not what PyTorch makes of it."""
    return x.resolve_neg()


def alike(first: str, x: Tensor, second: str, y: Tensor) -> None:
    """Raises `ValueError` unless both tensors have one device, and `TypeError` unless one dtype."""
    if x.device != y.device:
        raise ValueError(f"{first} is on {x.device}, {second} on {y.device}: move one of them")
    if x.dtype != y.dtype:
        raise TypeError(f"{first} has dtype {x.dtype}, {second} {y.dtype}: convert one of them")


def precision(dtype: torch.dtype) -> str:
    """How float32 operands are multiplied: as PyTorch's own products are.

    "ieee" unless `torch.set_float32_matmul_precision` allows less. Triton's own default is TF32,
    which keeps 10 of float32's 23 fraction bits.
    """
    exact = dtype != torch.float32 or torch.get_float32_matmul_precision() == "highest"
    return "ieee" if exact else "tf32"
