"""The colours of posters: five a genre, and the neutral ones that any film may have."""

from dataclasses import dataclass

import numpy as np

Colour = tuple[int, int, int]  # RGB, 0-255


@dataclass(frozen=True, slots=True)
class Palette:
    """Five colours with their roles.

    Attributes:
        sky: the top of the background.
        ground: the bottom of the background.
        accent: the motif.
        second: what stands beside the motif.
        ink: the title.
    """

    sky: Colour
    ground: Colour
    accent: Colour
    second: Colour
    ink: Colour


def _palette(colours: str) -> Palette:
    """From five hexadecimal colours, separated by spaces."""
    sky, ground, accent, second, ink = (
        (int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)) for colour in colours.split()
    )
    return Palette(sky, ground, accent, second, ink)


PALETTES = {
    "Drama": _palette("8a93a0 4b4f5c d8c9b0 2b2e38 f3ede2"),
    "Comedy": _palette("ffd94a ffb52e e8452f 2f8fd8 fffaf0"),
    "Romance": _palette("fbd3d0 f08fa0 c93756 fff1e6 8a1538"),
    "Thriller": _palette("123238 04090d e0a52a 3e6b70 f2f2f2"),
    "Crime": _palette("2a2236 0d0b12 b8932f 6d2030 e9dcc0"),
    "Action": _palette("ff9a1f 7a1205 201412 ffe27a fff4d6"),
    "Adventure": _palette("7cc6c9 e2b663 2e6b3e 8b5a2b 5a2b0c"),
    "Horror": _palette("2a0508 050304 b30f14 4d4a45 d41a1a"),
    "Documentary": _palette("f4f3ee e6e4dc 6e7b74 a9b3a6 2c2c2c"),
    "Mystery": _palette("3b2f5c 120f22 cfc26b 6a5a92 e5dfc0"),
    "Sci-Fi": _palette("04102e 0b3b78 39d2ff 9b6cff d8f6ff"),
    "Fantasy": _palette("5b3b9c d58fd6 ffe28a 2c1c58 fff3c4"),
    "Family": _palette("9fdcff c9f0a0 ff9f40 4c9f4a 1f5f9f"),
    "Biography": _palette("cdb693 8c6f4a 3c2a1c e9dcc0 2d1b0d"),
    "War": _palette("8b8a5c 3c3d24 1c1d12 b5452c ebe3c0"),
    "History": _palette("e8cf8e 9a6424 6b1f1a d4a537 fff3cf"),
    "Music": _palette("2d0b45 c2185b ffb300 19d3c5 ffffff"),
    "Animation": _palette("35c2f0 8de04c ff5aa5 ffd400 ffffff"),
    "Musical": _palette("8c0f2a d93a4a ffd966 fff2cc ffe9a8"),
    "Western": _palette("f2b25c b5622a 4a2412 f7dfa0 fff0cf"),
    "Sport": _palette("2fa14f 1c7a3a ffffff e3342f ffffff"),
    "Short": _palette("ece7df ece7df 1a1a1a d9412b 1a1a1a"),
    "Film-Noir": _palette("6f6f6f 0a0a0a e8e8e8 1c1c1c f5f5f5"),
}

NEUTRALS = tuple(
    map(
        _palette,
        (
            "d9cfc0 a89a86 5c5346 efe8da 2a2520",
            "5f7285 2e3a48 c8b896 8fa3b5 f0ece2",
            "a9665a 5a2f2c efd9b4 d9a38a fbf3e4",
            "7f9a83 3e5546 e6dcb8 b7c7a8 f8f4e6",
            "b7b7bd 74747e 2b2b33 dcdce2 1c1c22",
        ),
    )
)


def vary(palette: Palette, random: np.random.Generator) -> Palette:
    """The palette as another printer would have it: brighter or darker, warmer or cooler."""
    brightness = random.normal(1.0, 0.13)
    tint = random.normal(0.0, 12.0, size=3)

    def varied(colour: Colour) -> Colour:
        red, green, blue = (
            int(np.clip(value * brightness + shift, 0, 255))
            for value, shift in zip(colour, tint, strict=True)
        )
        return red, green, blue

    return Palette(
        varied(palette.sky),
        varied(palette.ground),
        varied(palette.accent),
        varied(palette.second),
        varied(palette.ink),
    )
