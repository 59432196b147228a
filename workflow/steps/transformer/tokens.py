"""Text into tokens: the split, a character vocabulary, a byte-pair vocabulary, four token files."""

from pathlib import Path

from groundwork.core.claims import claim
from groundwork.transformer.data import split_text
from groundwork.transformer.io import save_tokenizer, save_tokens
from groundwork.transformer.tokenizers import BPETokenizer, CharTokenizer
from groundwork_harness.pipeline import step
from groundwork_harness.pipeline.step import knob


class Settings(step.Settings):
    """Text into tokens."""

    train_fraction: float = knob(
        "Share of the characters that train; the rest validates.", gt=0, lt=1
    )
    characters: int = knob("Characters of the text to use; 0 takes all.", ge=0)
    bpe_vocabulary: int = knob("Tokens of the byte-pair vocabulary, 256 of them bytes.", ge=256)


def main(
    settings: Settings,
    *,
    text: Path,
    train: step.Out,
    validation: step.Out,
    tokenizer: step.Out,
    bpe_train: step.Out,
    bpe_validation: step.Out,
    bpe_tokenizer: step.Out,
) -> step.Claims:
    whole = text.read_text(encoding="utf-8")[: settings.characters or None]
    parts = split_text(whole, settings.train_fraction)
    # The alphabet is that of the whole text (a new character could not be written down at all);
    # the merges, which are statistics, are learnt from the training part alone.
    char = CharTokenizer.train(whole)
    bpe = BPETokenizer.train(parts[0], settings.bpe_vocabulary)
    save_tokenizer(tokenizer, char)
    save_tokenizer(bpe_tokenizer, bpe)
    lost = 0
    lengths = []
    for kind, paths in ((char, (train, validation)), (bpe, (bpe_train, bpe_validation))):
        for part, path in zip(parts, paths, strict=True):
            ids = kind.encode(part)
            save_tokens(path, ids)
            lost += kind.decode(ids) != part
            lengths.append(len(ids))
    unseen = len(set(parts[1]) - set(parts[0]))
    return {
        "characters": claim(len(whole), "", "exact"),
        "train_characters": claim(len(parts[0]), "", "exact"),
        "validation_characters": claim(len(parts[1]), "", "exact"),
        "alphabet": claim(len(char), "", "exact"),
        "unseen_characters": claim(unseen, "", "exact"),
        "bpe_vocabulary": claim(len(bpe), "", "exact"),
        "bpe_train_tokens": claim(lengths[2], "", "exact"),
        "bpe_validation_tokens": claim(lengths[3], "", "exact"),
        "bpe_characters_per_token": claim(len(parts[1]) / lengths[3], "", "exact"),
        "parts_that_did_not_come_back": claim(lost, "", "exact", n=4),
    }


if __name__ == "__main__":
    step.run(main)
