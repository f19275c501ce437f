"""Pixel values to what an encoder's weights were trained on."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STANDARD_DEVIATION = (0.229, 0.224, 0.225)


class PixelNorm(nn.Module):
    """(B, 3, H, W) uint8 in 0..255 or float in 0..1 -> float with the encoder's mean and deviation.

    The constants live here, beside the weights that need them, and travel with neither state nor settings:
    the encoder's blueprint names them.

    Attributes:
        quick: in training, a pixel's three values lie side by side, as convolutions go through them faster
            (docs/log.md). False for a channel after the other; `cinefuse bench` measures against it.
    """

    quick = True
    mean: Tensor
    deviation: Tensor

    def __init__(
        self, mean: Sequence[float] = IMAGENET_MEAN, deviation: Sequence[float] = IMAGENET_STANDARD_DEVIATION
    ) -> None:
        super().__init__()
        # (3,) -> (3, 1, 1), against (B, 3, H, W)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(3, 1, 1), persistent=False)

    def forward(self, posters: Tensor) -> Tensor:
        """Normalises each channel."""
        values = posters.float() / 255 if posters.dtype == torch.uint8 else posters
        normal = (values - self.mean) / self.deviation
        return normal.to(memory_format=torch.channels_last) if self.quick and self.training else normal
