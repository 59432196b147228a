"""A small GGUF file made by the `gguf` package, a small network, and its conversations."""

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from groundwork.alignment import lora
from groundwork.alignment.gguf import GGUF
from groundwork.alignment.model import Llama, LlamaConfig
from groundwork.alignment.tokenizer import byte_letters
from groundwork.core.seeds import stream

MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["t h", "th e", "Ġ the", "i n", "Ġ a", "e r", "u s", "us er", "a s"]
SMALL = LlamaConfig(
    vocabulary=23,
    context=48,
    layers=3,
    heads=4,
    kv_heads=2,
    width=32,
    hidden=24,
    rope_base=500.0,
    epsilon=1e-5,
)


def vocabulary() -> list[str]:
    """Marks, the letters of all bytes, and what the merges make."""
    return [*MARKS, *byte_letters().values(), *(merge.replace(" ", "") for merge in MERGES)]


def write_gguf(path: Path, *, drop: str = "", rows: int = 0, kind: str = "Q4_1") -> Path:
    """A llama of two layers, width 32; matrices Q4_1, embedding Q8_0, gains float32."""
    words = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(2)
    writer.add_feed_forward_length(64)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_rope_freq_base(500.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(words)
    writer.add_token_merges(MERGES)
    writer.add_token_types([3] * len(MARKS) + [1] * (len(words) - len(MARKS)))
    random = stream(0, "gguf")
    shapes = {"token_embd": (len(words) + rows, 32), "output_norm": (32,)}
    for layer in range(2):
        block = f"blk.{layer}."
        shapes |= {block + "attn_norm": (32,), block + "ffn_norm": (32,)}
        shapes |= {block + "attn_q": (32, 32), block + "attn_output": (32, 32)}
        shapes |= {block + "attn_k": (16, 32), block + "attn_v": (16, 32)}
        shapes |= {block + "ffn_gate": (64, 32), block + "ffn_up": (64, 32)}
        shapes |= {block + "ffn_down": (32, 64)}
    for name, shape in shapes.items():
        if name == drop:
            continue
        numbers = (random.normal(size=shape) / shape[-1] ** 0.5).astype(np.float32)
        if len(shape) == 1:
            writer.add_tensor(f"{name}.weight", (1 + numbers).astype(np.float32))
            continue
        form = getattr(gguf.GGMLQuantizationType, "Q8_0" if name == "token_embd" else kind)
        packed = gguf.quants.quantize(numbers, form)
        writer.add_tensor(f"{name}.weight", packed, raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="session")
def gguf_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "small.gguf")


@pytest.fixture(scope="session")
def gguf_file(gguf_path: Path) -> GGUF:
    return GGUF(gguf_path)


@pytest.fixture
def small() -> Llama:
    """A float64 network with weights of ordinary size, so that an oracle may be met to rounding."""
    return spread(Llama(SMALL).double())


def spread(model: Llama) -> Llama:
    """Random weights, by fan-in; the network frozen."""
    generator = torch.Generator().manual_seed(1)
    for name, value in model.named_parameters():
        value.requires_grad_(False)
        if value.dim() == 1:
            value.fill_(1.0).add_(torch.randn(value.shape, generator=generator) / 10)
        else:
            size = 1.0 if name == "embedding.weight" else value.shape[1] ** -0.5
            value.copy_(torch.randn(value.shape, generator=generator) * size)
    return model.eval()


def adapted(model: Llama, first: int = 1, seed: int = 3) -> list[torch.nn.Parameter]:
    """Adapters whose B is not zero any more."""
    trained = lora.attach(model, rank=2, scale=1.5, first=first, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for value in trained[1::2]:
        value.data.copy_(torch.randn(value.shape, generator=generator) / 5)
    return trained


def some_ids(rows: int, tokens: int, seed: int = 0) -> torch.Tensor:
    """Random tokens of the small network, (rows, tokens)."""
    return torch.from_numpy(stream(seed, "ids").integers(0, SMALL.vocabulary, (rows, tokens)))
