"""The report's small CNN, trained from scratch: four blocks of convolution, batch norm, ReLU, max-pool."""

from typing import ClassVar, Self

import torch
from tokenizers import Tokenizer
from torch import nn

from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.pixels import PixelNorm
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.features.batch import Batch


@ENCODERS.register("cnn", "four convolution blocks, 7x7 then 3x3, global average")
class SmallCNN(Encoder):
    """(B, 3, H, W) -> tokens (B, H/16 * W/16, D) for four blocks; their mean is the pooled vector."""

    modality: ClassVar[Modality] = "vision"

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__(out_features=settings.cnn_widths[-1])
        self.norm = PixelNorm()
        blocks: list[nn.Module] = []
        before, kernel = 3, 7
        for width in settings.cnn_widths:
            convolution = nn.Conv2d(before, width, kernel, padding=kernel // 2, bias=False)
            blocks += [convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)]
            before, kernel = width, 3
        self.blocks = nn.Sequential(*blocks)

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`: the settings say it all."""
        del settings, tokenizer
        return {}

    @classmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """See `Encoder.from_blueprint`."""
        del blueprint
        return cls(settings)

    def encode(self, batch: Batch) -> Encoded:
        """See `Encoder.encode`."""
        assert batch.posters is not None, "the batch has no posters"
        places = self.blocks(self.norm(batch.posters))
        # (B, D, h, w) -> (B, h * w, D)
        tokens = places.flatten(2).transpose(1, 2)
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        grid = (places.shape[2], places.shape[3])
        return Encoded(tokens, mask, tokens.mean(dim=1), {}, grid)
