"""Posters: where their pixels come from, and how any image file becomes 8-bit RGB.

A poster is decoded when somebody asks for its pixels, never before: a corpus of a million movies
opens without touching an image.
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

MAX_PIXELS = 50_000_000  # more is taken for a decompression bomb; the largest real posters have 24 million


class PosterError(Exception):
    """A poster that cannot be decoded. `reason` is a phrase that can be counted."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class Poster(Protocol):
    """Anything that can give a poster's pixels."""

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """RGB, scaled down (never up) so that no side is longer than `longest_side` pixels; may be read-only.

        Raises:
            PosterError: if it cannot be decoded.
        """
        ...


@dataclass(frozen=True, slots=True)
class FilePoster:
    """A poster in an image file."""

    path: Path | str

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        try:
            data = Path(self.path).read_bytes()
        except OSError as error:
            raise PosterError("poster missing", f"{self.path}: {error.strerror}") from error
        return _decode(data, str(self.path), longest_side)


@dataclass(frozen=True, slots=True)
class BytesPoster:
    """A poster as the bytes of an image file."""

    data: bytes
    where: str = "bytes"

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        return _decode(self.data, self.where, longest_side)


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPoster:
    """A poster that is decoded already."""

    array: Pixels

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        if longest_side is None or max(self.array.shape[:2]) <= longest_side:
            return self.array
        return np.asarray(_shrink(Image.fromarray(self.array), longest_side))


def _decode(data: bytes, where: str, longest_side: int | None) -> Pixels:
    """Decodes with Pillow, first frame, EXIF orientation applied, transparency on white."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd EXIF and of bombs that we refuse below
            image = Image.open(io.BytesIO(data))
            too_large = image.width * image.height > MAX_PIXELS
            pixels = None if too_large else _read_pixels(image, longest_side)
    except Image.DecompressionBombError as error:
        raise PosterError("poster too large", f"{where}: {error}") from error
    except Exception as error:
        # Pillow's decoders raise nearly anything on damaged files
        raise PosterError("poster unreadable", f"{where}: {error or type(error).__name__}") from error
    if pixels is None:
        size = f"{image.width}x{image.height}"
        raise PosterError("poster too large", f"{where}: {size} pixels; allowed: {MAX_PIXELS:,} in all")
    return pixels


def _read_pixels(image: Image.Image, longest_side: int | None) -> Pixels:
    if longest_side is not None:
        image.draft("RGB", (longest_side, longest_side))  # lets JPEG's decoder do most of the scaling
    return np.asarray(_shrink(ImageOps.exif_transpose(_to_rgb(image)), longest_side))


def _to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB from any mode. 16-bit greys are scaled, where Pillow's own conversion would clip them."""
    exif = image.getexif()
    if image.mode.startswith(("I", "F")):
        grey = np.asarray(image, dtype=np.float64)
        # 16-bit values fill 0..65535; "I" and "F" images read from 8-bit data stay below 256
        scale = 257.0 if image.mode.startswith("I;16") or grey.max(initial=0) > 255 else 1.0
        image = Image.fromarray((grey / scale).clip(0, 255).astype(np.uint8))
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        image = Image.alpha_composite(ground, layered)
    rgb = image.convert("RGB")
    rgb.getexif().update(exif)
    return rgb


def _shrink(image: Image.Image, longest_side: int | None) -> Image.Image:
    if longest_side is None or max(image.size) <= longest_side:
        return image
    scale = longest_side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
