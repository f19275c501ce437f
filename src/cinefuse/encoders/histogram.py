"""Posters as histograms: of the ways in which edges run, and of colours. Nothing of it is trained."""

from typing import ClassVar, Self

import torch
from tokenizers import Tokenizer
from torch import Tensor

from cinefuse.encoders.encoder import ENCODERS, Blueprint, Encoded, Encoder, Modality
from cinefuse.encoders.oriented_gradients import n_gradients, oriented_gradients
from cinefuse.encoders.settings import EncoderSettings
from cinefuse.features.batch import Batch
from cinefuse.features.posters import PosterSettings
from cinefuse.features.table import FeatureTable

SHADES = 4  # of red, of green and of blue
ROWS, COLUMNS = 3, 2  # parts of a poster, with a histogram of colours each
SMALLEST = 1e-6  # deviation of a number that is the same for all posters


@ENCODERS.register("histogram", "histograms of oriented gradients (HOG) and of colours")
class Histogram(Encoder):
    """(B, 3, H, W) -> one vector (B, D), each number standardised, divided by the square root of D.

    So the training posters' vectors are of length 1 in the mean of squares, as TF-IDF's are, and a penalty
    on weights means the same for both. The mean poster is 0.

    Attributes:
        mean: (D,), of the training posters.
        deviation: (D,), likewise.
    """

    modality: ClassVar[Modality] = "vision"
    learns: ClassVar[bool] = False
    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int) -> None:
        super().__init__(out_features=width)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    @classmethod
    def blueprint(cls, settings: EncoderSettings, tokenizer: Tokenizer | None) -> Blueprint:
        """See `Encoder.blueprint`; the shape takes the size of the posters."""
        del tokenizer
        size = settings if isinstance(settings, PosterSettings) else PosterSettings.model_validate({})
        n_colours = ROWS * COLUMNS * SHADES**3
        return {"width": n_gradients(size.poster_height, size.poster_width) + n_colours}

    @classmethod
    def from_blueprint(cls, settings: EncoderSettings, blueprint: Blueprint) -> Self:
        """See `Encoder.from_blueprint`."""
        del settings
        return cls(blueprint["width"])

    def adapt(self, tokenizer: Tokenizer | None, train: FeatureTable) -> None:
        """See `Encoder.adapt`: mean and deviation of each number, in double precision."""
        del tokenizer
        count = 0
        total, squares = torch.zeros(2, self.out_features, dtype=torch.float64)
        for batch in train.batches():
            assert batch.posters is not None, "the batch has no posters"
            found = histograms(batch.posters[batch.has_poster]).double()
            count, total, squares = count + len(found), total + found.sum(0), squares + found.square().sum(0)
        mean = total / count
        self.mean.copy_(mean)
        self.deviation.copy_((squares / count - mean.square()).clamp(min=SMALLEST**2).sqrt())

    def encode(self, batch: Batch) -> Encoded:
        """See `Encoder.encode`; the vector is its one token."""
        assert batch.posters is not None, "the batch has no posters"
        standardised = (histograms(batch.posters) - self.mean) / self.deviation
        return Encoded.of_one(standardised / self.out_features**0.5)


def histograms(posters: Tensor) -> Tensor:
    """(B, 3, H, W) uint8, or float in 0..1 -> (B, D): oriented gradients, then colours."""
    pixels = posters.float() / 255 if posters.dtype == torch.uint8 else posters
    return torch.cat([oriented_gradients(pixels).flatten(1), colours(pixels).flatten(1)], dim=1)


def colours(pixels: Tensor) -> Tensor:
    """(B, 3, H, W) float in 0..1 -> (B, 3, 2, 64), the square root of each colour's share of each part.

    Of square roots the plain distance is Hellinger's, which suits shares (Arandjelovic and Zisserman 2012).
    """
    n_movies, _, height, width = pixels.shape
    red, green, blue = (pixels * SHADES).long().clamp(max=SHADES - 1).unbind(dim=1)
    rows = torch.arange(height, device=pixels.device)[:, None] * ROWS // height
    columns = torch.arange(width, device=pixels.device) * COLUMNS // width
    # (B, H, W), which part, and which colour there
    which = (((rows * COLUMNS + columns) * SHADES + red) * SHADES + green) * SHADES + blue
    counts = pixels.new_zeros(n_movies, ROWS * COLUMNS * SHADES**3)
    counts = counts.scatter_add(1, which.flatten(1), pixels.new_ones(n_movies, height * width))
    of_parts = counts.view(n_movies, ROWS, COLUMNS, SHADES**3)
    return (of_parts / of_parts.sum(dim=-1, keepdim=True)).sqrt()
