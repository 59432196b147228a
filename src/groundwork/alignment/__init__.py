"""Preference training of a pretrained language model: DPO, adapters, judges and divergence."""

from groundwork.alignment.dpo import dpo_loss, sequence_log_probs
from groundwork.alignment.gguf import GGUF
from groundwork.alignment.model import Llama
from groundwork.alignment.tokenizer import ByteBPE

__all__ = ["GGUF", "ByteBPE", "Llama", "dpo_loss", "sequence_log_probs"]
