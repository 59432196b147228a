#!/usr/bin/env bash
# A vocabulary is larger than the size that was asked for.
# touches: tokenizers
# guessed: BpeTrainer(vocab_size=10) makes a vocabulary of 10, leaving rare characters out
# seen: every character of the text is in, 26 here, and no pair is merged; limit_alphabet keeps it to 10
# here: the project's own BPE starts from 256 bytes and refuses less (tests/transformer/test_tokenizers.py)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet tokenizers==0.23.3
cat > program.py <<'END'
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.trainers import BpeTrainer

text = ["the quick brown fox jumps over the lazy dog"] * 3
for size, limit in ((10, None), (26, None), (30, None), (10, 10)):
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = Whitespace()
    more = {} if limit is None else {"limit_alphabet": limit}
    tokenizer.train_from_iterator(text, BpeTrainer(vocab_size=size, show_progress=False, **more))
    longest = max(map(len, tokenizer.get_vocab()))
    print("asked", size, "alphabet up to", limit, "got", tokenizer.get_vocab_size(), "longest token", longest)
END
cat > expected <<'END'
asked 10 alphabet up to None got 26 longest token 1
asked 26 alphabet up to None got 26 longest token 1
asked 30 alphabet up to None got 30 longest token 3
asked 10 alphabet up to 10 got 10 longest token 1
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
