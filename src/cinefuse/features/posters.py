"""Posters to pixels: one array of equal sizes, with what could not be read counted; no torch."""

import mmap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import PosterError
from cinefuse.mapped import let_go
from cinefuse.progress import track


class PosterSettings(BaseModel):
    """What size of poster the vision encoder sees. The report: 224 by 224, whatever the shape was.

    Attributes:
        poster_height: pixels.
        poster_width: pixels.
    """

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
        digest: of what the pixels were made from, where that is known.
        file: that the pixels are mapped from; None where they are in memory.
    """

    pixels: NDArray[np.uint8]
    present: list[bool]
    absent: dict[str, int]
    digest: bytes | None = None
    file: mmap.mmap | None = None

    def at(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """(B, 3, H, W), a copy; what was read of the file for it leaves the process."""
        chosen = self.pixels[np.asarray(indices, dtype=np.int64)]
        if self.file is not None:
            let_go(self.file)
        return chosen


def encode_posters(movies: Sequence[Movie], settings: PosterSettings, *, tell: bool = True) -> EncodedPosters:
    """Reads every poster and scales it to the size, unless told not showing how far it has come."""
    pixels = np.zeros((len(movies), *shape(settings)), dtype=np.uint8)
    reasons: list[str | None] = []
    for index, found in enumerate(scaled(movies, settings, tell=tell)):
        if isinstance(found, PosterError):
            reasons.append(found.reason)
        else:
            pixels[index] = found
            reasons.append(None)
    return EncodedPosters(pixels, *told_apart(reasons))


def scaled(
    movies: Sequence[Movie], settings: PosterSettings, *, tell: bool
) -> Iterator[NDArray[np.uint8] | PosterError]:
    """(3, H, W) uint8 of one poster after the other; in the place of one that is absent, why."""
    _, height, width = shape(settings)
    for movie in track(movies, "posters", len(movies)) if tell else movies:
        if movie.poster is None:
            yield PosterError("poster missing", movie.id)
            continue
        try:
            # twice the size is enough to scale down from, and lets JPEG decode at a fraction
            decoded = movie.poster.pixels(longest_side=2 * max(height, width))
        except PosterError as error:
            yield error
            continue
        image = Image.fromarray(decoded).resize((width, height), Image.Resampling.BICUBIC)
        yield np.asarray(image).transpose(2, 0, 1)  # (H, W, 3) -> (3, H, W)


def shape(settings: PosterSettings) -> tuple[int, int, int]:
    """(3, H, W)."""
    return 3, settings.poster_height, settings.poster_width


def told_apart(reasons: Sequence[str | None]) -> tuple[list[bool], dict[str, int]]:
    """`present` and `absent`, of why each poster is absent, None where it is there."""
    absent = Counter(reason for reason in reasons if reason is not None)
    return [reason is None for reason in reasons], dict(absent)
