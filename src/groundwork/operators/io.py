"""Disk access of the room: pretrained weights and the MNIST files."""

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_state(path: Path) -> dict[str, NDArray[np.float32]]:
    """The tensors of a published CIFAR-10 ResNet checkpoint by name, without the `module.` prefix.

    Loaded with `weights_only=True`: a checkpoint is a pickle, and this refuses one that runs code.
    Raises: ValueError for a file that holds no `state_dict`.
    """
    import torch  # here, so that the library itself needs NumPy only

    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except OSError:
        raise
    except Exception as problem:  # the kinds that PyTorch raises for a damaged file are many
        raise ValueError(f"{path.name} is no checkpoint of weights ({problem})") from None
    state = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(t, torch.Tensor) for t in state.values()):
        raise ValueError(f"{path.name} holds no state_dict of tensors")
    return {
        name.removeprefix("module."): tensor.resolve_neg().numpy() for name, tensor in state.items()
    }


def read_matrices(path: Path) -> dict[str, NDArray[np.float64]]:
    """Every layer's weights as a matrix, in the order of the network, as float64.

    A convolution's kernel (out, in, height, width) is read as (out, in·height·width): the map
    from the patch under it to the output channels.
    """
    return {
        name.removesuffix(".weight"): tensor.reshape(len(tensor), -1).astype(np.float64)
        for name, tensor in read_state(path).items()
        if tensor.ndim >= 2
    }


def network_name(path: Path) -> str:
    """`resnet20-12fca82f.th` → `ResNet-20`."""
    return "ResNet-" + path.stem.partition("-")[0].removeprefix("resnet")


def read_idx(path: Path) -> NDArray[np.uint8]:
    """An array of bytes from MNIST's gzipped IDX format (LeCun's page describes it).

    Raises: ValueError for another format or a short file.
    """
    try:
        with gzip.open(path, "rb") as file:
            data = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise ValueError(f"{path.name} is no whole gzip file ({problem})") from None
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path.name} is not an IDX file of bytes")
    axes = data[3]
    if len(data) < 4 + 4 * axes:
        raise ValueError(f"{path.name} is cut short in its header")
    shape = np.frombuffer(data, ">u4", axes, offset=4).astype(int)
    if len(data) != 4 + 4 * axes + shape.prod():
        raise ValueError(f"{path.name} is cut short or too long for its shape {tuple(shape)}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)
