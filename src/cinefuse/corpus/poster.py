"""Posters: where their pixels come from, and how any image file becomes 8-bit RGB.

A poster is decoded when somebody asks for its pixels, never before: a corpus of a million movies
opens without touching an image.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from cinefuse.corpus.jpeg import MAX_SCANS, START, too_many_scans

Pixels = NDArray[np.uint8]  # (height, width, 3), RGB

MAX_PIXELS = 50_000_000  # more is taken for a decompression bomb; the largest real posters have 24 million
# what posters come in. Not all that Pillow reads: some of the others decode a whole picture to tell its size,
# and some start other programs
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")


class PosterError(Exception):
    """A poster that cannot be decoded.

    Attributes:
        reason: a phrase that can be counted.
        detail: where and what.
        lasting: whether the same bytes will never be a poster; False where memory or a disk failed.
    """

    def __init__(self, reason: str, detail: str, *, lasting: bool = True) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.lasting = lasting


class Poster(Protocol):
    """Anything that can give a poster's pixels."""

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """RGB, scaled down (never up) so that no side is longer than `longest_side` pixels; may be read-only.

        Raises:
            PosterError: if it cannot be decoded.
        """
        ...


@runtime_checkable
class TracedPoster(Poster, Protocol):
    """One that tells, without decoding anything, what its pixels come from."""

    def pixel_source(self) -> bytes | memoryview:
        """The same bytes, the same pixels: an image file's, or those of the stored pixels and their shape.

        Raises:
            PosterError: if there are none to be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class FilePoster:
    """A poster in an image file."""

    path: Path | str

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        return BytesPoster(self.pixel_source(), str(self.path)).pixels(longest_side)

    def pixel_source(self) -> bytes:
        """See `TracedPoster.pixel_source`."""
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            lasting = isinstance(error, FileNotFoundError)
            raise PosterError("poster missing", f"{self.path}: {error.strerror}", lasting=lasting) from error


@dataclass(frozen=True, slots=True)
class BytesPoster:
    """A poster as the bytes of an image file; one of more than `most_pixels` is not decoded."""

    data: bytes
    where: str = "bytes"
    most_pixels: int = MAX_PIXELS

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        with _opened(self.data, self.where, self.most_pixels) as image:
            return _read_pixels(image, longest_side)

    def pixel_source(self) -> bytes:
        """See `TracedPoster.pixel_source`."""
        return b"%d " % self.most_pixels + self.data


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPoster:
    """A poster that is decoded already."""

    array: Pixels

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        if longest_side is None or max(self.array.shape[:2]) <= longest_side:
            return self.array
        return np.asarray(_shrink(Image.fromarray(self.array), longest_side))

    def pixel_source(self) -> bytes:
        """See `TracedPoster.pixel_source`."""
        return repr(self.array.shape).encode() + self.array.tobytes()


def n_pixels(data: bytes) -> int:
    """Width by height of an image file, by its head.

    Raises:
        PosterError: if it is none, or has more than `MAX_PIXELS`.
    """
    with _opened(data, "bytes", MAX_PIXELS) as image:
        return image.width * image.height


@contextmanager
def _opened(data: bytes, where: str, most_pixels: int) -> Iterator[Image.Image]:
    """The file with its head read; what Pillow raises, now or while it decodes, becomes a PosterError."""
    allowed = f"allowed are {most_pixels:,} in all"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd EXIF and of bombs that we refuse below
            if data.startswith(START) and too_many_scans(data):
                said = f"{where}: a JPEG of too many scans; allowed: {MAX_SCANS}"
                raise PosterError("poster unreadable", said)  # noqa: TRY301 -- as Pillow's own, beside them
            with Image.open(io.BytesIO(data), formats=formats()) as image:
                if image.width * image.height > most_pixels:
                    said = f"{where}: {image.width:,} by {image.height:,} pixels; {allowed}"
                    raise PosterError("poster too large", said)  # noqa: TRY301
                yield image
    except PosterError:
        raise
    except Image.DecompressionBombError as error:
        raise PosterError("poster too large", f"{where}: far too many pixels; {allowed}") from error
    except UnidentifiedImageError as error:
        said = f"cannot identify image file; allowed: {', '.join(formats())}"
        raise PosterError("poster unreadable", f"{where}: {said}") from error
    except Exception as error:
        # Pillow's decoders raise nearly anything on damaged files, and name the memory that they read from
        said = re.sub(r" ?<_io\.\w+[^>]*>", "", str(error)) or type(error).__name__
        lasting = not isinstance(error, MemoryError)
        raise PosterError("poster unreadable", f"{where}: {said}", lasting=lasting) from error


@cache
def formats() -> tuple[str, ...]:
    """Those of `FORMATS` that this Pillow reads."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _read_pixels(image: Image.Image, longest_side: int | None) -> Pixels:
    if longest_side is not None:
        image.draft("RGB", (longest_side, longest_side))  # lets JPEG's decoder do most of the scaling
    rgb = _to_rgb(image)
    ImageOps.exif_transpose(rgb, in_place=True)
    return np.asarray(_shrink(rgb, longest_side))


def _to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB from any mode. 16-bit greys are scaled, where Pillow's own conversion would clip them."""
    exif = image.getexif()
    if image.mode.startswith(("I", "F")):
        grey = np.array(image, dtype=np.float32)
        # 16-bit values fill 0..65535; "I" and "F" images read from 8-bit data stay below 256
        scale = 257.0 if image.mode.startswith("I;16") or grey.max(initial=0) > 255 else 1.0
        grey /= scale
        image = Image.fromarray(grey.clip(0, 255, out=grey).astype(np.uint8))
        del grey  # four bytes a pixel, no longer needed
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        layered = image if image.mode == "RGBA" else image.convert("RGBA")
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
