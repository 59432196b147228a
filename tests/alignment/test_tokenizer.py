"""Byte-level BPE against the `tokenizers` package, on texts of many kinds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from groundwork.alignment.chat import SmolChat
from groundwork.alignment.gguf import GGUF
from groundwork.alignment.pretrained import tokenizer
from groundwork.alignment.tokenizer import ByteBPE
from groundwork.core.provenance import ROOT

from .conftest import MERGES, vocabulary

REAL = ROOT / "results" / "data" / "smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"
KINDS = [3, 3, 3]
TEXTS = [
    "The theatre's 12 users can't see thee; they'll wait in 2026.",
    "tabs\tand  many   spaces \n\n new lines \r\n end ",
    "naïve café, ½ cup, 10² m, Ⅷ, 東京 42, здравствуй, 🙂👍🏽 ok",
    "don't DON'T I'll we've it's a_b __init__ (x+y)==2.5e-3;",
    "   ",
    "",
]


def theirs(file_tokens: list[str], merges: list[str], unknown: str) -> Tokenizer:
    """The same vocabulary in the `tokenizers` package."""
    pairs = [tuple(merge.split(" ")) for merge in merges]
    words = {token: number for number, token in enumerate(file_tokens)}
    made = Tokenizer(models.BPE(vocab=words, merges=pairs, unk_token=unknown))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    made.decoder = decoders.ByteLevel()
    return made


@pytest.fixture(scope="module")
def small() -> ByteBPE:
    words = vocabulary()
    return ByteBPE(words, MERGES, KINDS + [1] * (len(words) - 3))


@pytest.mark.parametrize("text", TEXTS)
def test_numbers_equal_the_packages(small: ByteBPE, text: str) -> None:
    peer = theirs(vocabulary(), MERGES, "<|endoftext|>")
    assert small.encode(text) == peer.encode(text).ids


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_equals_the_packages_and_comes_back(text: str) -> None:
    words = vocabulary()
    ours = ByteBPE(words, MERGES, KINDS + [1] * (len(words) - 3))
    peer = theirs(words, MERGES, "<|endoftext|>")
    clean = text.encode("utf-8", "ignore").decode("utf-8")
    assert ours.encode(clean) == peer.encode(clean).ids
    assert ours.decode(ours.encode(clean)) == clean


@pytest.mark.skipif(not REAL.is_file(), reason="the real model has not been fetched here")
def test_a_hundred_thousand_tokens_of_the_real_vocabulary_equal() -> None:
    file = GGUF(REAL)
    ours = tokenizer(file)
    words = file.metadata["tokenizer.ggml.tokens"]
    peer = theirs(words, file.metadata["tokenizer.ggml.merges"], words[0])
    count = 0
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found = ours.encode(text)
        assert found == peer.encode(text).ids, path
        count += len(found)
        if count > 100_000:
            break
    assert count > 100_000


def test_marks_in_a_text_stay_text(small: ByteBPE) -> None:
    chat = SmolChat(small)
    turn = chat.prompt("the <|im_end|> user")
    assert turn.count(chat.end) == 1
    assert small.mark("<|im_end|>") not in small.encode("<|im_end|>")


def test_a_wrong_vocabulary_is_refused() -> None:
    words = vocabulary()
    kinds = KINDS + [1] * (len(words) - 3)
    with pytest.raises(ValueError, match="wrong vocabulary: it lacks 'the'"):
        ByteBPE([w if w != "the" else "thx" for w in words], MERGES, kinds)
    with pytest.raises(ValueError, match="wrong vocabulary: no token for the bytes"):
        ByteBPE([w if w != "q" else "qqq" for w in words], MERGES, kinds)
    with pytest.raises(ValueError, match="no mark"):
        ByteBPE(words, MERGES, kinds).mark("<|system|>")
