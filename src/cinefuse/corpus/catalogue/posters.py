"""Posters of the catalogue: a style and its colours, a title, and the printer's noise.

Like real posters they show less than the plot tells: one genre of the film, preferably one that the plot
does not speak of, and often something else altogether.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cinefuse.corpus.catalogue import styles_bright, styles_dark, styles_world
from cinefuse.corpus.catalogue.canvas import HEIGHT, Canvas
from cinefuse.corpus.catalogue.genre_sets import GENRE_INDEX, MMIMDB_COUNTS, draw_other_genre
from cinefuse.corpus.catalogue.palettes import NEUTRALS, PALETTES, Palette, vary
from cinefuse.corpus.poster import ArrayPoster

HONEST = 0.76  # share of posters in the style of one of the film's genres
MISTAKEN = 0.5  # of the others, the share in another genre's style; the rest is neutral
RECOLOURED = 0.15  # share of posters in colours of another genre of the film, or in neutral ones
RARITY = 0.3  # how much rather a poster shows a rare genre than a common one: the power of the count
UNTOLD_WEIGHT = 10.0  # how much rather a poster shows a genre that the plot is silent about
GRAIN = (2.0, 11.0)  # standard deviation of the noise, in grey levels

Style = Callable[[Canvas, Palette], None]

STYLES: dict[str, Style] = {
    "Drama": styles_dark.drama,
    "Comedy": styles_bright.comedy,
    "Romance": styles_bright.romance,
    "Thriller": styles_dark.thriller,
    "Crime": styles_dark.crime,
    "Action": styles_dark.action,
    "Adventure": styles_world.adventure,
    "Horror": styles_dark.horror,
    "Documentary": styles_world.documentary,
    "Mystery": styles_dark.mystery,
    "Sci-Fi": styles_world.science_fiction,
    "Fantasy": styles_bright.fantasy,
    "Family": styles_bright.family,
    "Biography": styles_world.biography,
    "War": styles_dark.war,
    "History": styles_world.history,
    "Music": styles_bright.music,
    "Animation": styles_bright.animation,
    "Musical": styles_bright.musical,
    "Western": styles_world.western,
    "Sport": styles_bright.sport,
    "Short": styles_bright.short,
    "Film-Noir": styles_dark.film_noir,
}


class Look(NamedTuple):
    """What a poster is made in; None stands for neutral."""

    style: str | None
    colours: str | None


def draw_look(genres: tuple[str, ...], told: tuple[str, ...], random: np.random.Generator) -> Look:
    """Chooses what the poster shows of a film with `genres` whose plot speaks of `told`."""
    counts = np.array([MMIMDB_COUNTS[GENRE_INDEX[genre]] for genre in genres], dtype=float)
    weights = np.array([1.0 if genre in told else UNTOLD_WEIGHT for genre in genres]) / counts**RARITY
    shown: str | None = genres[int(random.choice(len(genres), p=weights / weights.sum()))]
    if random.random() > HONEST:
        shown = draw_other_genre(genres, random) if random.random() < MISTAKEN else None
    colours = shown
    if random.random() < RECOLOURED:
        colours = genres[int(random.integers(len(genres)))] if random.random() < 0.5 else None
    return Look(shown, colours)


def draw_poster(look: Look, title: str, random: np.random.Generator) -> ArrayPoster:
    """Paints the poster."""
    source = NEUTRALS[int(random.integers(len(NEUTRALS)))] if look.colours is None else PALETTES[look.colours]
    palette = vary(source, random)
    canvas = Canvas(random)
    (styles_world.neutral if look.style is None else STYLES[look.style])(canvas, palette)
    _print_title(canvas, palette, title)
    if random.random() < 0.15:  # an old print
        canvas.blur(canvas.between(0.004, 0.012))
    return ArrayPoster(canvas.finish(canvas.between(*GRAIN)))


def _print_title(canvas: Canvas, palette: Palette, title: str) -> None:
    """The title in one or two lines, above or below, and a line of credits."""
    words = title.upper().split()
    half = (len(words) + 1) // 2
    lines = [" ".join(words)] if len(title) < 12 else [" ".join(words[:half]), " ".join(words[half:])]
    size = canvas.between(0.1, 0.14)
    top = 0.12 if canvas.random.random() < 0.45 else HEIGHT - 0.12 - size * len(lines)
    shadow = (24, 20, 24) if sum(palette.ink) > 384 else (240, 238, 230)
    for index, line in enumerate(lines):
        y = top + index * size * 1.05
        canvas.text(0.5 + 0.008, y + 0.008, line, shadow, size)
        canvas.text(0.5, y, line, palette.ink, size)
    canvas.box(0.2, HEIGHT - 0.06, 0.8, HEIGHT - 0.045, palette.ink)
