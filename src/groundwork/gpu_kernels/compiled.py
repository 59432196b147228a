"""Kernels compiled for a GPU that is not here: what the interpreter lets pass, a compiler refuses.

Triton carries NVIDIA's assembler, so machine code, its registers and its shared memory can be had
on any Linux machine. How fast it runs cannot.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from groundwork.gpu_kernels.backend import INTERPRETED, triton
from groundwork.gpu_kernels.flash_attention import flash_attention
from groundwork.gpu_kernels.launch import Call, captured
from groundwork.gpu_kernels.layer_norm import layer_norm
from groundwork.gpu_kernels.softmax import softmax

NAMES = {torch.float32: "*fp32", torch.float16: "*fp16", torch.bfloat16: "*bf16"}


@dataclass(frozen=True)
class Code:
    """Machine code of one kernel: per thread registers and spilled bytes, per program shared bytes."""

    kernel: str
    tile: str
    capability: int
    registers: int
    spilled: int
    shared: int
    tensor_cores: int  # matrix instructions in the assembly


def calls_of(run: Callable[[], Any]) -> list[Call]:
    """The launches that `run()` asks for, backward pass included; its tensors are `meta` ones."""
    with captured() as calls:
        result = run()
        outputs = [
            x for x in (result if isinstance(result, tuple) else (result,)) if x.requires_grad
        ]
        torch.autograd.backward(outputs, [torch.empty_like(x) for x in outputs])
    return calls


def shapes(dtype: torch.dtype) -> dict[str, Callable[[], Any]]:
    """One use of every kernel of the room, at sizes past any cache."""

    def empty(*shape: int) -> Tensor:
        return torch.empty(shape, dtype=dtype, device="meta", requires_grad=True)

    def attention(D: int, causal: bool) -> Callable[[], Any]:
        size = (4, 16, 4096, D)
        return lambda: flash_attention(empty(*size), empty(*size), empty(*size), causal)

    cases: dict[str, Callable[[], Any]] = {
        "softmax, 200 columns": lambda: softmax(empty(100_000, 200)),
        "softmax, 4,096 columns": lambda: softmax(empty(8192, 4096)),
        "softmax, 16,384 columns": lambda: softmax(empty(4096, 16_384)),
        "softmax, 100,000 columns": lambda: softmax(empty(512, 100_000)),
        "layer norm, 4,096 columns": lambda: layer_norm(
            empty(8192, 4096), empty(4096), empty(4096), residual=empty(8192, 4096)
        ),
    }
    for D, causal in ((64, False), (64, True), (128, False), (128, True)):
        cases[f"attention, d = {D}{', causal' if causal else ''}"] = attention(D, causal)
    return cases


def _signature(call: Call, constants: dict[str, Any]) -> tuple[dict[str, str], dict, dict]:
    """Triton's types, constants and divisibility of a call's arguments."""
    signature: dict[str, str] = {}
    constants, attributes = dict(constants), {}
    for index, name in enumerate(call.launcher.kernel.arg_names):
        value = call.arguments.get(name)
        if name in constants or isinstance(value, (bool, str)) or name.isupper():
            signature[name] = "constexpr"
            constants.setdefault(name, value)
        elif isinstance(value, Tensor):
            signature[name] = NAMES[value.dtype]
            attributes[(index,)] = [["tt.divisibility", 16]]
        elif isinstance(value, int) and value == 1:
            signature[name], constants[name] = "constexpr", 1
        elif isinstance(value, int):
            signature[name] = "i32" if value < 2**31 else "i64"
            if value % 16 == 0:
                attributes[(index,)] = [["tt.divisibility", 16]]
        else:
            signature[name] = "fp32"
    return signature, constants, attributes


def compile_call(call: Call, config: Any, capability: int) -> Code:
    """Compile one candidate of one launch for CUDA compute capability `capability` (90: Hopper).

    Raises: whatever Triton's compiler or NVIDIA's assembler refuses; `RuntimeError` where kernels
    are interpreted, since there is nothing to compile then.
    """
    if INTERPRETED:
        raise RuntimeError("TRITON_INTERPRET is set: unset it to compile kernels")
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    signature, constants, attributes = _signature(call, config.kwargs)
    source = ASTSource(call.launcher.kernel, signature, constants, attributes)
    options = {"num_warps": config.num_warps, "num_stages": config.num_stages}
    built = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
    usage = _usage(built.asm["cubin"])
    sizes = [f"{v}" for k, v in config.kwargs.items() if k not in ("PER_SM", "STAGES")]
    return Code(
        kernel=call.launcher.kernel.__name__.strip("_").replace("_", " "),
        tile=", ".join([*([" × ".join(sizes)] if sizes else []), f"{config.num_warps} warps"]),
        capability=capability,
        registers=usage["REG"],
        spilled=usage["STACK"],
        shared=built.metadata.shared,
        tensor_cores=len(re.findall(r"\b(?:wgmma\.mma_async|mma\.sync)\b", built.asm["ptx"])),
    )


def _usage(cubin: bytes) -> dict[str, int]:
    """Registers and stack bytes, as NVIDIA's own tool reads them out of the machine code."""
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    handle, name = tempfile.mkstemp(suffix=".cubin")
    try:
        os.write(handle, cubin)
        os.close(handle)
        words = subprocess.run(
            [str(tool), "--dump-resource-usage", name], capture_output=True, text=True, check=True
        ).stdout
    finally:
        os.unlink(name)
    return {key: int(value) for key, value in re.findall(r"\b([A-Z]+):(\d+)", words)}
