"""Posters varied in training: on the batch, on the device, by kornia.

A flip mirrors the title on a poster. It is the report's default; `flip=0` measures without.
"""

import torch
from kornia.augmentation import (
    AugmentationSequential,
    ColorJitter,
    GeometricAugmentationBase2D,
    IntensityAugmentationBase2D,
    RandomHorizontalFlip,
    RandomRotation,
)
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn


class AugmentationSettings(BaseModel):
    """How posters are varied.

    Attributes:
        flip: probability of a horizontal mirror image.
        rotation: degrees to either side.
        brightness: largest relative change; contrast and saturation likewise.
        hue: largest turn of the colour circle, as a share of the whole.
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


class Augmentation(nn.Module):
    """(B, 3, H, W) uint8 -> float in 0..1, varied."""

    def __init__(self, settings: AugmentationSettings) -> None:
        super().__init__()
        parts: list[GeometricAugmentationBase2D | IntensityAugmentationBase2D] = []
        if settings.flip:
            parts.append(RandomHorizontalFlip(p=settings.flip))
        if settings.rotation:
            parts.append(RandomRotation(settings.rotation, p=1.0))
        jitter = (settings.brightness, settings.contrast, settings.saturation, settings.hue)
        if any(jitter):
            parts.append(ColorJitter(*jitter, p=1.0))
        self.steps = AugmentationSequential(*parts) if parts else nn.Identity()

    @torch.no_grad()
    def forward(self, posters: Tensor) -> Tensor:
        """Each poster gets its own draw."""
        varied: Tensor = self.steps(posters.float() / 255)
        return varied.clamp(0, 1)
