"""The judge: a small convolutional classifier of digits, and the features it sees by."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from groundwork.diffusion.training import check_range


class Classifier(nn.Module):
    """Logits of ten digits, and the activations before them as features.

    Shapes: x (N, 1, size, size) in [−1, 1]; `features` gives (N, width), `forward` (N, 10).
    Raises: `ValueError` for images of another size.
    """

    def __init__(self, size: int = 28, channels: int = 16, width: int = 64) -> None:
        super().__init__()
        self.size = size
        self.conv1 = nn.Conv2d(1, channels, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1)
        self.hidden = nn.Linear(2 * channels * ((size + 3) // 4) ** 2, width)
        self.out = nn.Linear(width, 10)

    def features(self, x: Tensor) -> Tensor:
        if x.dim() != 4 or x.shape[1:] != (1, self.size, self.size):
            raise ValueError(
                f"images must be (N, 1, {self.size}, {self.size}), not {tuple(x.shape)}"
            )
        hidden = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        return functional.relu(self.hidden(hidden.flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.features(x))


def train_classifier(
    images: Tensor,
    labels: Tensor,
    *,
    epochs: int,
    batch: int,
    rate: float,
    seed: int,
    channels: int = 16,
) -> Iterator[Classifier]:
    """Cross-entropy and Adam, the rate falling linearly to 0; yields the classifier each epoch.

    Shapes: images (N, 1, H, H) in [−1, 1], labels (N,) of 0 … 9.
    Raises: `ValueError` for images of another range, or labels that do not fit them.
    """
    check_range(images)
    if len(labels) != len(images) or int(labels.min()) < 0 or int(labels.max()) > 9:
        raise ValueError(f"{len(labels)} labels of 0 … 9 are needed for {len(images)} images")
    torch.manual_seed(seed)
    model = Classifier(images.shape[-1], channels)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    updates, done = epochs * -(-len(images) // batch), 0
    random = np.random.default_rng(seed)
    for _ in range(epochs):
        for rows in torch.from_numpy(random.permutation(len(images))).split(batch):
            optimizer.param_groups[0]["lr"] = rate * (1 - done / updates)
            optimizer.zero_grad()
            functional.cross_entropy(model(images[rows]), labels[rows]).backward()
            optimizer.step()
            done += 1
        yield model


@torch.inference_mode()
def judge(model: Classifier, images: Tensor, batch: int = 500) -> tuple[Tensor, Tensor]:
    """What the classifier sees in images: features (N, width), class probabilities (N, 10)."""
    seen = [model.features(part) for part in images.split(batch)]
    features = torch.cat(seen)
    return features, torch.softmax(model.out(features), dim=1)
