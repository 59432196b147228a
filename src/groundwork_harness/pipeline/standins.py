"""Stand-ins for data sets, where neither mirror nor network answers: same format, other content.

They let every rule run; whatever used one says so at the top of its page. Digits are
scikit-learn's 8×8 scans enlarged to 28×28; the text is drawn from a small grammar; the ResNets
are trained here, for seconds, on those digits; of a language model there is a note only, since room 6.1
then takes room 4.2's own network.
"""

import gzip
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from groundwork.core.seeds import stream


def make(dataset: str, file: str, out: Path) -> None:
    """Write the stand-in of one file. Raises `KeyError` for a data set without one."""
    makers = {
        "mnist": _mnist,
        "politeness": _requests,
        "resnet_cifar10": _resnet,
        "smollm2": _no_model,
        "tinyshakespeare": _text,
    }
    makers[dataset](file, out)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 8, 8) uint8 in 0..255, labels (1797,), shuffled."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = stream(0, "standin", "digits").permutation(len(digits.target))
    images = np.clip(digits.images * 16, 0, 255).astype(np.uint8)
    return images[order], digits.target.astype(np.uint8)[order]


def _mnist(file: str, out: Path) -> None:
    images, labels = _digits()
    part = slice(0, 1500) if file.startswith("train") else slice(1500, None)
    if "labels" in file:
        payload = struct.pack(">II", 0x801, len(labels[part])) + labels[part].tobytes()
    else:
        large = np.pad(images[part].repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
        payload = struct.pack(">IIII", 0x803, len(large), 28, 28) + large.tobytes()
    out.write_bytes(gzip.compress(payload, mtime=0))


def _text(file: str, out: Path) -> None:
    """About 300,000 characters of speeches in TinyShakespeare's layout."""
    random = stream(0, "standin", file)
    who = ["FIRST CITIZEN", "SECOND CITIZEN", "DUKE", "LADY ANNE", "MESSENGER", "NURSE"]
    subject = [
        "my lord",
        "the night",
        "thy sister",
        "this crown",
        "our hope",
        "a stranger",
        "the sea",
    ]
    verb = [
        "shall remember",
        "hath broken",
        "will not forgive",
        "must follow",
        "doth fear",
        "loves",
    ]
    ending = ["the morning", "his father", "what we swore", "so soft a word", "the empty hall"]
    lines: list[str] = []
    while sum(map(len, lines)) < 300_000:
        lines.append(f"{random.choice(who)}:\n")
        for _ in range(random.integers(1, 5)):
            lines.append(
                f"And {random.choice(subject)} {random.choice(verb)} {random.choice(ending)},\n"
            )
        lines.append("\n")
    out.write_text("".join(lines), encoding="utf-8")


def _requests(file: str, out: Path) -> None:
    """Requests in the corpus's layout: good and bad manners around everyday favours, scored."""
    random = stream(0, "standin", file)
    kind = [
        "Could you please {}? Thank you!",
        "Thanks for your help, would you {}?",
        "Hi, sorry to ask, could you {}?",
    ]
    rude = ["Why did you not {}?", "You must {}. Do it now.", "What is wrong with you, just {}"]
    favours = [
        "explain the last edit",
        "fix this link",
        "read the guide",
        "add a source",
        "move the page",
        "check the date",
    ]
    lines = [
        "Community,Id,Request,Score1,Score2,Score3,Score4,Score5,TurkId1,TurkId2,TurkId3,TurkId4,TurkId5,Normalized Score"
    ]
    for number in range(400):
        score = float(random.normal())
        text = str(random.choice(kind if score > 0 else rude)).format(random.choice(favours))
        lines.append(f'made,{number},"{text}",13,13,13,13,13,a,b,c,d,e,{score}')
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _no_model(file: str, out: Path) -> None:
    """A note in place of a language model: room 6.1 then takes room 4.2's own network."""
    out.write_text(
        f"{file} could not be had; the network of room 4.2 stands in\n", encoding="utf-8"
    )


def _resnet(file: str, out: Path) -> None:
    """A ResNet of the depth in the file's name, trained briefly on 8×8 digits."""
    import torch

    depth = int(re.match(r"resnet(\d+)-", file).group(1))  # type: ignore[union-attr]
    torch.manual_seed(depth)
    model = _build((depth - 2) // 6)
    images, labels = _digits()
    x = torch.tensor(images, dtype=torch.float32)[:, None].expand(-1, 3, -1, -1) / 255 - 0.3
    y = torch.tensor(labels, dtype=torch.long)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    random = stream(depth, "standin", "resnet")
    for _ in range(120):
        batch = torch.as_tensor(random.integers(0, 1500, 64))
        loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(x[1500:]).argmax(1) == y[1500:]).float().mean().item() * 100
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save({"state_dict": state, "best_prec1": accuracy}, out)


def _build(blocks: int) -> Any:  # torch is imported only where needed
    """He et al.'s CIFAR ResNet (2015, section 4.2), parameter-free shortcuts, published names."""
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        def __init__(self, inner: int, outer: int) -> None:
            super().__init__()
            self.stride = 1 if inner == outer else 2
            self.conv1 = nn.Conv2d(inner, outer, 3, self.stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outer)
            self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outer)

        def forward(self, x: Any) -> Any:
            out = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
            missing = out.shape[1] - x.shape[1]
            short = x[:, :, :: self.stride, :: self.stride]
            return functional.relu(out + functional.pad(short, (0, 0, 0, 0, 0, missing)))

    class ResNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(16)
            widths = [16, 16, 32, 64]
            for i in (1, 2, 3):
                inner = [widths[i - 1], *[widths[i]] * (blocks - 1)]
                setattr(self, f"layer{i}", nn.Sequential(*[Block(w, widths[i]) for w in inner]))
            self.linear = nn.Linear(64, 10)

        def forward(self, x: Any) -> Any:
            x = functional.relu(self.bn1(self.conv1(x)))
            for i in (1, 2, 3):
                x = getattr(self, f"layer{i}")(x)
            return self.linear(x.mean((2, 3)))

    return ResNet()
