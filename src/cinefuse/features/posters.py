"""Posters to pixels: one array of equal sizes, with what could not be read counted; no torch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import PosterError
from cinefuse.progress import track


class PosterSettings(BaseModel):
    """What size of poster the vision encoder sees. The report: 224 by 224, whatever the shape was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    poster_height: int = Field(224, ge=16, le=2048)
    poster_width: int = Field(224, ge=16, le=2048)


@dataclass(frozen=True, slots=True)
class EncodedPosters:
    """The posters of N movies.

    Attributes:
        pixels: (N, 3, H, W) uint8, RGB; zero where absent.
        present: N flags.
        absent: reason -> number of movies that are scored without their poster.
    """

    pixels: NDArray[np.uint8]
    present: list[bool]
    absent: dict[str, int]


def encode_posters(movies: Sequence[Movie], settings: PosterSettings, *, tell: bool = True) -> EncodedPosters:
    """Reads every poster and scales it to the size, unless told not showing how far it has come."""
    height, width = settings.poster_height, settings.poster_width
    pixels = np.zeros((len(movies), 3, height, width), dtype=np.uint8)
    present, absent = [False] * len(movies), Counter[str]()
    for index, movie in enumerate(track(movies, "posters", len(movies)) if tell else movies):
        if movie.poster is None:
            absent["poster missing"] += 1
            continue
        try:
            # twice the size is enough to scale down from, and lets JPEG decode at a fraction
            decoded = movie.poster.pixels(longest_side=2 * max(height, width))
        except PosterError as error:
            absent[error.reason] += 1
            continue
        image = Image.fromarray(decoded).resize((width, height), Image.Resampling.BICUBIC)
        # (H, W, 3) -> (3, H, W)
        pixels[index] = np.asarray(image).transpose(2, 0, 1)
        present[index] = True
    return EncodedPosters(pixels, present, dict(absent))
