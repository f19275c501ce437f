"""What each place of a poster does for a genre: by how much its probability falls when it is covered.

A cover is a rectangle in the poster's mean colour, two places high and wide, moved by one place at a time
(occlusion: Zeiler & Fergus 2014). A place's weight is the mean over all covers that reach it.
"""

from typing import cast

import torch
from captum.attr import Occlusion
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from cinefuse.explanation.probe import Probe
from cinefuse.results.explanation import PosterPlaces

PLACES = 9  # along the poster's longer side
SMALLEST = 4  # pixels of a place, at least
AT_ONCE = 16  # posters held in memory at a time


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
    """Covers the probe's poster place by place.

    Args:
        probe: has a poster.
        height: of the poster as people see it, for places that are about square.
        width: likewise.
    """
    posters = probe.batch.posters
    assert posters is not None, "the movie has no poster"
    pixels = posters.float() / 255
    rows, columns = grid_of(height, width, (pixels.shape[2], pixels.shape[3]))
    step = (-(-pixels.shape[2] // rows), -(-pixels.shape[3] // columns))
    falls = cast(
        "Tensor",
        Occlusion(probe.probabilities).attribute(
            pixels,
            sliding_window_shapes=(3, 2 * step[0], 2 * step[1]),
            strides=(3, *step),
            baselines=mean_colour(pixels).expand_as(pixels),
            perturbations_per_eval=AT_ONCE,
        ),
    )
    # (1, 3, H, W), the same in each channel -> (rows, columns)
    places = adaptive_avg_pool2d(falls.cpu().double().mean(dim=1), (rows, columns))[0]
    return PosterPlaces(rows=rows, columns=columns, weights=places.tolist())


def mean_colour(pixels: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 3, 1, 1), what a poster is covered with."""
    return torch.mean(pixels, dim=(2, 3), keepdim=True)
