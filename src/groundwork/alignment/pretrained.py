"""From a GGUF file to a network and its tokenizer."""

import torch

from groundwork.alignment.gguf import GGUF, BadFile
from groundwork.alignment.model import Llama, LlamaConfig
from groundwork.alignment.tokenizer import ByteBPE

# The file's name of a layer's matrix or gain, and ours.
PARTS = {
    "attn_norm": "attention_norm.gain",
    "attn_q": "q.weight",
    "attn_k": "k.weight",
    "attn_v": "v.weight",
    "attn_output": "o.weight",
    "ffn_norm": "ffn_norm.gain",
    "ffn_gate": "gate.weight",
    "ffn_up": "up.weight",
    "ffn_down": "down.weight",
}


def config_of(file: GGUF, context: int) -> LlamaConfig:
    """The sizes that a file's metadata states; `context` tokens of it are used.

    Raises: `BadFile` for another architecture or a missing entry.
    """
    found = file.metadata
    if (kind := found.get("general.architecture")) != "llama":
        raise BadFile(f"{file.path.name} holds the architecture {kind!r}, not llama")
    try:
        return LlamaConfig(
            vocabulary=len(found["tokenizer.ggml.tokens"]),
            context=min(context, found["llama.context_length"]),
            layers=found["llama.block_count"],
            heads=found["llama.attention.head_count"],
            kv_heads=found["llama.attention.head_count_kv"],
            width=found["llama.embedding_length"],
            hidden=found["llama.feed_forward_length"],
            rope_base=found["llama.rope.freq_base"],
            epsilon=found["llama.attention.layer_norm_rms_epsilon"],
        )
    except KeyError as problem:
        raise BadFile(f"{file.path.name}: its metadata lacks {problem}") from None


def network(file: GGUF, context: int = 512) -> Llama:
    """The network of a file, frozen, in evaluation mode, with float32 weights.

    Raises: `BadFile` for a missing tensor, or one whose shape is not the one that the sizes ask for.
    """
    names = {"token_embd.weight": "embedding.weight", "output_norm.weight": "norm.gain"}
    config = config_of(file, context)
    for number in range(config.layers):
        for theirs, ours in PARTS.items():
            names[f"blk.{number}.{theirs}.weight"] = f"layers.{number}.{ours}"
    model = Llama(config)
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    weights = {}
    for theirs, ours in names.items():
        if theirs not in file.tensors:
            raise BadFile(f"{file.path.name} lacks the tensor {theirs}")
        if (shape := file.tensors[theirs].shape) != expected[ours]:
            what = "wrong vocabulary: " if theirs == "token_embd.weight" else ""
            raise BadFile(
                f"{file.path.name}: {what}tensor {theirs} has the shape {shape}, not {expected[ours]}"
            )
        weights[ours] = torch.from_numpy(file.read(theirs))
    model.load_state_dict(weights, assign=True)
    return model.requires_grad_(False).eval()


def tokenizer(file: GGUF) -> ByteBPE:
    """The tokenizer of a file."""
    found = file.metadata
    return ByteBPE(
        found["tokenizer.ggml.tokens"],
        found["tokenizer.ggml.merges"],
        found["tokenizer.ggml.token_type"],
    )
