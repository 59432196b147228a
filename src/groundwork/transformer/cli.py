"""The room's command: text from a checkpoint, streamed as it is drawn."""

import argparse
import sys
from collections.abc import Sequence

import torch

from groundwork.transformer.generation import stream_tokens
from groundwork.transformer.io import load, load_tokenizer
from groundwork.transformer.tokenizers import Tokenizer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m groundwork.transformer`; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.tokens < 0:
            raise ValueError(f"--tokens must be at least 0, not {options.tokens}")
        if options.device.startswith("cuda") and not torch.cuda.is_available():
            raise ValueError("there is no CUDA GPU here; leave --device out")
        tokenizer = load_tokenizer(options.checkpoint)
        prompt = tokenizer.encode(options.prompt or "\n")
        model = load(options.checkpoint, options.device)
        _stream(model, tokenizer, prompt, options)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone (a pager was left): nothing to report
    except KeyboardInterrupt:
        print(flush=True)
        return 130
    except Exception as problem:
        if not isinstance(problem, (ValueError, OSError)):
            raise
        print(f"groundwork.transformer: {problem}", file=sys.stderr)
        return 1
    return 0


def _stream(
    model: torch.nn.Module, tokenizer: Tokenizer, prompt: list[int], options: argparse.Namespace
) -> None:
    """Print the prompt, then each token's text as soon as its bytes form characters."""
    print(options.prompt, end="", flush=True)
    drawn: list[int] = []
    shown = ""
    tokens = stream_tokens(
        model,  # type: ignore[arg-type]
        torch.tensor([prompt]),
        options.tokens,
        options.temperature,
        options.top_k,
        options.seed,
        top_p=options.top_p,
        cached=not options.no_cache,
    )
    for token in tokens:
        drawn.append(int(token))
        text = tokenizer.decode(drawn)
        if not text.endswith("�"):  # half a character waits for its other bytes
            print(text[len(shown) :], end="", flush=True)
            shown = text
    print(tokenizer.decode(drawn)[len(shown) :], flush=True)  # a last character cut in half


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m groundwork.transformer", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sample = commands.add_parser("sample", help="write text, streamed", allow_abbrev=False)
    sample.add_argument("checkpoint", metavar="CHECKPOINT", help="a .safetensors file of this room")
    sample.add_argument("--prompt", default="", help="text to go on from (default: a new line)")
    sample.add_argument("--tokens", type=int, default=500, help="how many to draw (default: 500)")
    sample.add_argument(
        "--temperature", type=float, default=0.8, help="0 takes the likeliest token"
    )
    sample.add_argument("--top-k", type=int, default=None, help="draw among the k likeliest")
    sample.add_argument(
        "--top-p", type=float, default=None, help="draw among this much probability"
    )
    sample.add_argument("--seed", type=int, default=0)
    sample.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    sample.add_argument("--no-cache", action="store_true", help="read the whole text every time")
    return parser
