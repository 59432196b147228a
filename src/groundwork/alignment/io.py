"""Disk: networks, pairs, adapters, the judge, and training states that a killed run goes on from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from groundwork.alignment import lora
from groundwork.alignment.chat import Chat, PlainChat, Rows, SmolChat, rows
from groundwork.alignment.gguf import GGUF
from groundwork.alignment.manners import Pair, Part
from groundwork.alignment.model import Llama, from_gpt
from groundwork.alignment.politeness import Judge, Request, parse_corpus
from groundwork.alignment.pretrained import network, tokenizer
from groundwork.alignment.tuning import Tuner
from groundwork.core.atomic import replacing
from groundwork.core.files import read_table, write_arrays
from groundwork.transformer.io import load, load_tokenizer, open_state, save_state

STANDIN = "the network of room 4.2"


def is_gguf(path: Path) -> bool:
    """Whether a file begins as a GGUF file does."""
    with open(path, "rb") as file:
        return file.read(4) == b"GGUF"


def open_model(paths: Sequence[Path], context: int) -> tuple[Llama, Chat, str]:
    """The network, its conversations and its name: the GGUF file if there is one, else room 4.2's.

    Raises: `ValueError` where the files hold neither.
    """
    for path in paths:
        if is_gguf(path):
            file = GGUF(path)
            return network(file, context), SmolChat(tokenizer(file)), path.stem
    for path in paths:
        if path.suffix == ".safetensors":
            model = from_gpt(load(path), context).requires_grad_(False)
            return model, PlainChat(load_tokenizer(path)), STANDIN
    raise ValueError(f"none of {', '.join(path.name for path in paths)} holds a network")


def open_base(paths: Sequence[Path], adapters: Path, context: int) -> tuple[Llama, Chat, str]:
    """`open_model`, with the adapters of the fine-tuning on mixed manners added to its weights."""
    model, chat, name = open_model(paths, context)
    lora.load(model, open_adapters(adapters)["base"])
    lora.merge(model)
    return model, chat, name


def read_pairs(path: Path, part: Part) -> list[Pair]:
    """The pairs of one part, in their order; raises `ValueError` for an empty text."""
    texts = ("prompt", "fact", "chosen", "rejected")
    return [
        Pair(int(row["number"]), part, *(row[name] for name in texts))
        for row in read_table(path)
        if row["part"] == part
    ]


def pair_rows(chat: Chat, pairs: Sequence[Pair], context: int) -> Rows:
    """Rows 2p and 2p + 1: the chosen and the rejected answer of pair p."""
    asked = [pair.prompt for pair in pairs for _ in range(2)]
    given = [text for pair in pairs for text in (pair.chosen, pair.rejected)]
    return rows(chat, asked, given, context)


def read_corpus(path: Path) -> list[Request]:
    """The requests of one file of the politeness corpus; raises as `parse_corpus`."""
    return parse_corpus(path.read_bytes(), path.name)


def open_log_probs(path: Path) -> dict[str, Tensor]:
    """The reference's log-probabilities of each part's rows."""
    with np.load(path) as saved:
        return {part: torch.from_numpy(saved[part]) for part in ("train", "held_out")}


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes.

    `/proc` and not `getrusage`: the latter carries over what the process was before it was replaced.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system's /proc does not tell a process's peak memory")


def neutral_text() -> str:
    """Prose that is neither polite nor rude: scikit-learn's descriptions of its data sets."""
    from sklearn import datasets

    loaders = (datasets.load_iris, datasets.load_diabetes, datasets.load_wine)
    return " ".join(" ".join(loader().DESCR.split()) for loader in loaders)


def save_adapters(path: Path, sets: dict[str, dict[str, Tensor]]) -> None:
    """Adapters by point of training, `point/matrix`, as one `.safetensors` of float16 numbers."""
    flat = {
        f"{point}/{name}": value.to(torch.float16).contiguous()
        for point, adapters in sets.items()
        for name, value in adapters.items()
    }
    with replacing(path) as temporary:
        save_file(flat, temporary)


def open_adapters(path: Path) -> dict[str, dict[str, Tensor]]:
    """What `save_adapters` wrote, float32."""
    sets: dict[str, dict[str, Tensor]] = {}
    for key, value in load_file(path).items():
        point, _, name = key.partition("/")
        sets.setdefault(point, {})[name] = value.float()
    return sets


def save_judge(path: Path, judge: Judge) -> None:
    """Write a classifier's words and weights."""
    words = sorted(judge.vocabulary, key=judge.vocabulary.__getitem__)
    write_arrays(path, {"words": np.array(words), **_numbers(judge)})


def open_judge(path: Path) -> Judge:
    """The classifier that `save_judge` wrote."""
    with np.load(path) as saved:
        words = {str(word): place for place, word in enumerate(saved["words"])}
        return Judge(words, saved["rarity"], saved["weights"], float(saved["bias"]))


def _numbers(judge: Judge) -> dict[str, object]:
    return {key: value for key, value in asdict(judge).items() if key != "vocabulary"}


def train(
    tuner: Tuner,
    state: Path,
    key: str,
    *,
    save_every: int,
    report: Callable[[str], None],
    after: Callable[[int], None] | None = None,
) -> None:
    """Run a tuner to its end, from the state at `state` if that belongs to `key`.

    `after` is called with the number of updates done, also for those that a killed run had done.
    """
    if (saved := open_state(state, key)) is not None:
        tuner.restore(saved)
        report(f"going on after update {tuner.iteration}")
    while tuner.iteration < tuner.loop.iterations:
        told = tuner.step()
        if after is not None:
            after(tuner.iteration)
        report(f"update {tuner.iteration}/{tuner.loop.iterations}, loss {told['loss']:.4f}")
        if tuner.iteration % save_every == 0 or tuner.iteration == tuner.loop.iterations:
            save_state(state, key, tuner.state())
