"""What each place of a poster does for a genre: by how much its probability falls when it is covered.

A cover is a rectangle in the poster's mean colour, two places high and wide, moved by one place at a time
(occlusion: Zeiler & Fergus 2014). A place's weight is the mean over all covers that reach it; what is said in
words is what one cover did.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from cinefuse.explanation.probe import Probe
from cinefuse.explanation.telling import place_name
from cinefuse.explanation.wording import LEAST
from cinefuse.results.explanation import Cover, PosterPlaces

PLACES = 9  # along the poster's longer side
SMALLEST = 4  # pixels of a place, at least
AT_ONCE = 16  # posters held in memory at a time
FULL_FALL = 0.04  # of a probability: where covering no place makes as much, none is painted fully
Box = tuple[int, int, int, int]  # top, bottom, left, right, in pixels


def grid_of(height: int, width: int, shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of places that are about square on a poster of `height` and `width`.

    Args:
        height: of the poster as people see it.
        width: likewise.
        shape: height and width as the model sees it, in pixels.

    Example:
        >>> grid_of(300, 200, (224, 224)), grid_of(300, 200, (32, 16))
        ((9, 6), (8, 4))
    """
    longer = max(height, width)
    rows, columns = (max(3, round(PLACES * side / longer)) for side in (height, width))
    return min(rows, max(2, shape[0] // SMALLEST)), min(columns, max(2, shape[1] // SMALLEST))


def weigh_places(probe: Probe, height: int, width: int) -> PosterPlaces:
    """Covers the probe's poster, one rectangle after the other.

    Args:
        probe: has a poster.
        height: of the poster as people see it, for places that are about square.
        width: likewise.
    """
    posters = probe.batch.posters
    assert posters is not None, "the movie has no poster"
    pixels = posters.float() / 255
    shape = pixels.shape[2], pixels.shape[3]
    rows, columns = grid_of(height, width, shape)
    covers = [
        (row, column)
        for row in range(rows - _span(rows) + 1)
        for column in range(columns - _span(columns) + 1)
    ]
    edges = edges_of(shape[0], rows), edges_of(shape[1], columns)
    boxes = [
        (edges[0][row], edges[0][row + _span(rows)], edges[1][column], edges[1][column + _span(columns)])
        for row, column in covers
    ]
    falls = _falls(probe, pixels, boxes)
    sums, reached = np.zeros((rows, columns)), np.zeros((rows, columns))
    for (row, column), fall in zip(covers, falls, strict=True):
        place = np.s_[row : row + _span(rows), column : column + _span(columns)]
        sums[place] += fall
        reached[place] += 1
    weights = sums / reached
    numbers = range(len(falls))
    lowest, highest = (choose(numbers, key=falls.__getitem__) for choose in (max, min))
    return PosterPlaces(
        rows=rows,
        columns=columns,
        weights=weights.tolist(),
        full=max(FULL_FALL, float(np.abs(weights).max())),
        lowering=_cover(boxes[lowest], shape, falls[lowest]) if falls[lowest] >= LEAST else None,
        raising=_cover(boxes[highest], shape, falls[highest]) if -falls[highest] >= LEAST else None,
    )


def _span(places: int) -> int:
    """How many places of a side a cover hides; never all of them."""
    return 2 if places > 2 else 1


def edges_of(side: int, places: int) -> list[int]:
    """Where places begin along a side of so many pixels, and where the last of them ends.

    Example:
        >>> edges_of(32, 3)
        [0, 11, 21, 32]
    """
    return [int(edge) for edge in np.linspace(0, side, places + 1).round()]


def _falls(probe: Probe, pixels: Tensor, boxes: Sequence[Box]) -> list[float]:
    """By how much the probability falls under each of the covers."""
    whole = float(probe.probabilities(pixels))
    colour = mean_colour(pixels)[0]
    left: list[float] = []
    for start in range(0, len(boxes), AT_ONCE):
        some = boxes[start : start + AT_ONCE]
        # (1, 3, H, W) -> (S, 3, H, W)
        covered = pixels.repeat(len(some), 1, 1, 1)
        for poster, (top, bottom, west, east) in zip(covered, some, strict=True):
            poster[:, top:bottom, west:east] = colour
        left += probe.probabilities(covered).tolist()
    return [whole - one for one in left]


def _cover(box: Box, shape: tuple[int, int], fall: float) -> Cover:
    top, bottom, left, right = (
        edge / side for edge, side in zip(box, (shape[0], shape[0], shape[1], shape[1]), strict=True)
    )
    place = place_name((top + bottom) / 2, (left + right) / 2)
    return Cover(top=top, left=left, bottom=bottom, right=right, place=place, fall=fall)


def mean_colour(pixels: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 3, 1, 1), what a poster is covered with."""
    return torch.mean(pixels, dim=(2, 3), keepdim=True)
