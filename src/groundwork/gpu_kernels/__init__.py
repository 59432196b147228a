"""Triton kernels that keep their rows and tiles on the chip: softmax, attention, layer norm."""

from groundwork.gpu_kernels.flash_attention import flash_attention
from groundwork.gpu_kernels.layer_norm import layer_norm, rms_norm
from groundwork.gpu_kernels.softmax import softmax

__all__ = ["flash_attention", "layer_norm", "rms_norm", "softmax"]
