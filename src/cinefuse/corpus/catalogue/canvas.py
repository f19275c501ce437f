"""A poster under the brush: shapes in units of its width, so that styles say where, not how many pixels.

x runs from 0 to 1 and y from 0 (top) to `HEIGHT` (bottom). Everything is drawn twice as large as the poster
and scaled down at the end, which smooths edges.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from cinefuse.corpus.catalogue.palettes import Colour

WIDTH_PIXELS, HEIGHT_PIXELS = 86, 128
SCALE = 2  # drawn this many times larger
UNIT = WIDTH_PIXELS * SCALE
HEIGHT = HEIGHT_PIXELS / WIDTH_PIXELS  # about 1.49

Points = list[tuple[float, float]]


class Canvas:
    """A poster in the making.

    Args:
        random: the film's own source of randomness, for whatever a style leaves open.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.image = Image.new("RGB", (UNIT, HEIGHT_PIXELS * SCALE))
        self.draw = ImageDraw.Draw(self.image)

    def between(self, low: float, high: float) -> float:
        """A random number."""
        return float(self.random.uniform(low, high))

    def gradient(self, top: Colour, bottom: Colour, start: float = 0.0) -> None:
        """Fills everything below `start` from one colour to the other."""
        first = round(start * UNIT)
        share = np.linspace(0.0, 1.0, self.image.height - first)[:, None, None]
        rows = np.array(top) * (1 - share) + np.array(bottom) * share
        band = np.broadcast_to(rows, (len(rows), self.image.width, 3)).astype(np.uint8)
        self.image.paste(Image.fromarray(band), (0, first))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 0.8) -> None:
        """A soft light."""
        mask = _falloff(round(radius * UNIT))
        mask = mask.point([round(value * strength) for value in range(256)])
        corner = (round(x * UNIT - mask.width / 2), round(y * UNIT - mask.height / 2))
        self.image.paste(colour, corner, mask)

    def circle(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A disc."""
        self.ellipse(x, y, radius, radius, colour)

    def ellipse(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """An ellipse of these half-axes."""
        self.draw.ellipse(_pixels([(x - width, y - height), (x + width, y + height)]), fill=colour)

    def ring(self, x: float, y: float, radius: float, colour: Colour, thickness: float = 0.02) -> None:
        """A circle that is not filled."""
        box = _pixels([(x - radius, y - radius), (x + radius, y + radius)])
        self.draw.ellipse(box, outline=colour, width=max(1, round(thickness * UNIT)))

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A rectangle."""
        self.draw.rectangle(_pixels([(left, top), (right, bottom)]), fill=colour)

    def polygon(self, points: Points, colour: Colour) -> None:
        """A filled shape."""
        self.draw.polygon(_pixels(points), fill=colour)

    def line(self, points: Points, colour: Colour, thickness: float = 0.02) -> None:
        """An open line."""
        self.draw.line(_pixels(points), fill=colour, width=max(1, round(thickness * UNIT)), joint="curve")

    def text(self, x: float, y: float, words: str, colour: Colour, size: float) -> None:
        """One line of text, centred, made smaller where it would not fit the poster."""
        font = _font(round(size * UNIT))
        width = font.getlength(words)
        if width > 0.9 * UNIT:
            font = _font(max(6, int(size * UNIT * 0.9 * UNIT / width)))
        self.draw.text((x * UNIT, y * UNIT), words, fill=colour, font=font, anchor="mm")

    def blur(self, radius: float) -> None:
        """Softens all that was drawn so far."""
        self.image.paste(self.image.filter(ImageFilter.GaussianBlur(radius * UNIT)))

    def finish(self, grain: float) -> NDArray[np.uint8]:
        """The poster's pixels, with `grain` as the noise's standard deviation."""
        small = self.image.resize((WIDTH_PIXELS, HEIGHT_PIXELS), Image.Resampling.BOX)
        noise = self.random.standard_normal((HEIGHT_PIXELS, WIDTH_PIXELS, 1), dtype=np.float32) * np.float32(
            grain
        )
        return np.clip(np.asarray(small, dtype=np.float32) + noise, 0, 255).astype(np.uint8)


def arc(x: float, y: float, radius: float, first: float, last: float, steps: int = 16) -> Points:
    """Points on a circle, angles in degrees, 0 to the right and 90 down."""
    angles = [math.radians(first + (last - first) * step / steps) for step in range(steps + 1)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def _pixels(points: Points) -> list[tuple[float, float]]:
    return [(x * UNIT, y * UNIT) for x, y in points]


@functools.lru_cache(maxsize=64)
def _falloff(radius: int) -> Image.Image:
    """A square mask, 255 at its centre and 0 from the circle that fills it outwards."""
    inside = 180  # Pillow's gradient reaches this at the middle of an edge, and 255 in the corners only
    fading = [max(0, 255 - value * 255 // inside) for value in range(256)]
    return Image.radial_gradient("L").point(fading).resize((2 * radius, 2 * radius))


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
