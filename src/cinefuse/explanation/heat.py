"""A poster in grey with colour where it speaks for a genre, or against it; no torch."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import Pixels, PosterError
from cinefuse.reports.palette import LIGHT
from cinefuse.results.explanation import PosterPlaces

# what speaks for a genre and against it, told apart with any colour vision: behind words, and as light that
# falls on a grey poster; the page of the service has the same (serving/page/result.css)
FOR, AGAINST = LIGHT["text"], LIGHT["vision"]
HEAT_FOR, HEAT_AGAINST = "#2b9df4", "#ff7a1a"
LONGEST_SIDE = 480  # pixels of a poster in a page or picture
MOST_TINT = 0.46  # of the colour behind the heaviest word
MOST = 0.82  # how much of the poster the full colour hides
JPEG_QUALITY = 85


def read_poster(movie: Movie) -> Pixels | None:
    """The poster as a page shows it; None where there is none, or none that can be decoded."""
    if movie.poster is None:
        return None
    try:
        return movie.poster.pixels(longest_side=LONGEST_SIDE)
    except PosterError:
        return None


def heated(pixels: Pixels, places: PosterPlaces) -> Pixels:
    """The poster in grey, (H, W, 3), its places tinted by their weight, smoothly from one to the next."""
    height, width, _ = pixels.shape
    shares = np.asarray(places.weights, dtype=np.float32) / places.full
    # at least as large as a page shows it, so that small posters have no coarse heat
    scale = max(1.0, LONGEST_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    heat = np.asarray(Image.fromarray(shares).resize(size, Image.Resampling.BICUBIC)).clip(-1, 1)
    grey = np.asarray(Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BICUBIC)) / 255
    # (H, W) -> (H, W, 1), against colours (3,)
    ground = np.repeat(0.12 + 0.7 * grey[..., None], 3, axis=2)
    colour = np.where(heat[..., None] > 0, rgb(HEAT_FOR), rgb(HEAT_AGAINST))
    tinted = colour * (0.55 + 0.5 * grey[..., None])
    share = MOST * np.abs(heat[..., None])
    mixed = (1 - share) * ground + share * tinted
    return np.asarray((255 * mixed).clip(0, 255).astype(np.uint8))


def rgb(colour: str) -> NDArray[np.float64]:
    """(3,) from 0 to 1.

    Example:
        >>> rgb("#ff0000").tolist()
        [1.0, 0.0, 0.0]
    """
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255


def jpeg(pixels: Pixels) -> str:
    """A JPEG in base64."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=JPEG_QUALITY)
    return base64.b64encode(written.getvalue()).decode("ascii")
