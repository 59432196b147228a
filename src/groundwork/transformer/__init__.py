"""A character-level GPT from scratch: model, tokenizers, training, generation, analysis."""

from groundwork.core.models import torch  # noqa: F401  (first: says what brings it)
from groundwork.transformer.generation import generate
from groundwork.transformer.io import load, load_tokenizer
from groundwork.transformer.model import GPT, GPTConfig
from groundwork.transformer.tokenizers import BPETokenizer, CharTokenizer

__all__ = [
    "GPT",
    "BPETokenizer",
    "CharTokenizer",
    "GPTConfig",
    "generate",
    "load",
    "load_tokenizer",
]
