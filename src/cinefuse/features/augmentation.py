"""Posters varied in training: on the batch, on the device, in a twentieth of the time that a library takes.

Mirroring and turning are one sampling, the four colours one matrix a poster
(docs/decisions/0015-augmentation-of-our-own.md).
A flip mirrors the title on a poster. It is the report's default; `flip=0` measures without.
"""

import math
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

# RGB -> RGB, each 3 x 3: a pixel's grey as television weighs it, its mean value, what is coloured about it,
# and that turned by a quarter of the colour circle, from red towards yellow, around the axis of greys
GREY = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
MEAN = torch.full((3, 3), 1 / 3)
COLOUR = torch.eye(3) - MEAN
TURNED = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)

FILMS_A_THREAD = 2  # at once: their pixels, places and results stay in a core's cache


class AugmentationSettings(BaseModel):
    """How posters are varied.

    Attributes:
        flip: probability of a horizontal mirror image.
        rotation: degrees to either side, by the nearest pixel; what comes in at the corners is black.
        brightness: largest relative change.
        contrast: largest relative change, around the poster's mean grey.
        saturation: largest relative change, around each pixel's grey.
        hue: largest turn of the colour circle, as a share of the whole. A pixel keeps the mean of its three
            values; by HSV it would keep the largest of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    flip: float = Field(0.5, ge=0, le=1)
    rotation: float = Field(5.0, ge=0, le=180)
    brightness: float = Field(0.15, ge=0, le=1)
    contrast: float = Field(0.15, ge=0, le=1)
    saturation: float = Field(0.15, ge=0, le=1)
    hue: float = Field(0.05, ge=0, le=0.5)

    @property
    def varies(self) -> bool:
        """Whether a poster ever looks different from one epoch to the next."""
        return any((self.flip, self.rotation, self.brightness, self.contrast, self.saturation, self.hue))


@dataclass(frozen=True, slots=True)
class Variation:
    """How each of B posters is varied; (B,) each, on the processor.

    Attributes:
        mirrored: flags.
        angle: radians, counter-clockwise, after mirroring.
        brightness: factor; contrast and saturation likewise.
        hue: radians, from red towards yellow.
    """

    mirrored: Tensor
    angle: Tensor
    brightness: Tensor
    contrast: Tensor
    saturation: Tensor
    hue: Tensor


class Augmentation:
    """(B, 3, H, W) uint8 -> float in 0..1, varied."""

    def __init__(self, settings: AugmentationSettings) -> None:
        self._settings = settings

    def __call__(self, posters: Tensor) -> Tensor:
        """Each poster gets its own draw."""
        if not self._settings.varies:
            return posters.float() / 255
        return vary(posters, draw(self._settings, len(posters)))


def draw(settings: AugmentationSettings, n_posters: int) -> Variation:
    """Evenly between the largest changes; from the processor's generator, so alike on every device."""
    mirrored, *evenly = torch.rand(6, n_posters)
    angle, brightness, contrast, saturation, hue = (2 * one - 1 for one in evenly)
    return Variation(
        mirrored < settings.flip,
        math.radians(settings.rotation) * angle,
        1 + settings.brightness * brightness,
        1 + settings.contrast * contrast,
        1 + settings.saturation * saturation,
        2 * math.pi * settings.hue * hue,
    )


@torch.no_grad()
def vary(posters: Tensor, how: Variation) -> Tensor:
    """(B, 3, H, W) uint8 -> float in 0..1: mirrored, turned, and then coloured.

    Brightness, contrast, saturation and hue follow each other as in torchvision's ColorJitter; values are cut
    to 0..1 once, at the end.
    """
    device = posters.device
    across, down = (one.to(device) for one in _places(how, *posters.shape[2:]))
    colours, greys = (one.to(device) for one in _colours(how))
    varied = torch.empty(posters.shape, device=device)
    at_once = FILMS_A_THREAD * torch.get_num_threads() if device.type == "cpu" else len(posters)
    for start in range(0, len(posters), at_once):
        some = slice(start, start + at_once)
        grid = torch.view_as_real(across[some] + down[some])
        values = functional.grid_sample(posters[some].float(), grid, "nearest", align_corners=False)
        grey = (values.mean((2, 3)) * greys[some]).sum(1)
        # (b, 3, 3) times (b, 3, H * W)
        result = varied[some].flatten(2)
        torch.baddbmm(grey[:, None, None], colours[some], values.flatten(2), out=result).clamp_(0, 1)
    return varied


def _places(how: Variation, height: int, width: int) -> tuple[Tensor, Tensor]:
    """(B, 1, W) and (B, H, 1), whose sum says for each pixel where in the poster it comes from.

    As grid_sample counts, -1..1 from edge to edge; complex, x + yi, as sums of pairs of numbers take longer.
    """
    # the middle of each pixel
    x, y = ((2 * torch.arange(size) + 1) / size - 1 for size in (width, height))
    cosine, sine = how.angle.cos()[:, None], how.angle.sin()[:, None]
    side = torch.where(how.mirrored, -1, 1)[:, None]
    across = torch.complex(side * cosine * x, sine * x * (width / height))
    down = torch.complex(-side * sine * y * (height / width), cosine * y)
    return across[:, None, :], down[:, :, None]


def _colours(how: Variation) -> tuple[Tensor, Tensor]:
    """(B, 3, 3), from 0..255 to 0..1, and (B, 3), whose product with the mean colour is to be added."""
    # (B,) -> (B, 1, 1), against (3, 3)
    brightness, contrast, saturation, hue = (
        one[:, None, None] for one in (how.brightness, how.contrast, how.saturation, how.hue)
    )
    coloured = MEAN - GREY + hue.cos() * COLOUR + hue.sin() * TURNED
    colours = brightness * contrast * (GREY + saturation * coloured) / 255
    greys = (brightness * (1 - contrast))[:, 0] * GREY[0] / 255
    return colours, greys
