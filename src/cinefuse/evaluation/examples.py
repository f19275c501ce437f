"""A few films to look at, chosen by what models gave them: told best, told worst, disputed most."""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import expit, logit

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import PosterError
from cinefuse.metrics.arrays import decide
from cinefuse.results import Example, StoredPredictions, Why

OF_EACH = 4
PLOT_LETTERS = 600
POSTER_HEIGHT, JPEG_QUALITY = 240, 85
SURE = 1e-7  # how near to 0 and 1 a probability may come before its logarithm is taken


def choose_examples(
    best: StoredPredictions, disputing: Sequence[StoredPredictions], of_each: int = OF_EACH
) -> dict[Why, list[int]]:
    """Rows of the films to look at, no film twice; films without a genre tell nothing, and are not chosen.

    Args:
        best: of the model that is told of: films with all genres right by the lowest log loss, films with
            something wrong by the highest.
        disputing: of the models that disagree: on the films with the widest range of their probabilities,
            each moved so that its threshold is at 0.5, mean over genres. Of fewer than two: none.
        of_each: how many of each, where there are as many.
    """
    if not len(best.ids):
        return {"best told": [], "worst told": [], "most disputed": []}
    known = np.asarray(best.targets.any(axis=1))
    right = (decide(best.probabilities, best.thresholds) == best.targets).all(axis=1)
    sure = np.clip(best.probabilities.astype(np.float64), SURE, 1 - SURE)
    loss = -np.where(best.targets, np.log(sure), np.log1p(-sure)).mean(axis=1)
    told_best = _first(loss, known & right, of_each)
    told_worst = _first(-loss, known & ~right, of_each)
    disputed: list[int] = []
    if len(disputing) > 1:
        moved = np.stack([_around_thresholds(one) for one in disputing])
        left = known & ~np.isin(np.arange(len(known)), told_best + told_worst)
        disputed = _first(-np.ptp(moved, axis=0).mean(axis=1), left, of_each)
    return {"best told": told_best, "worst told": told_worst, "most disputed": disputed}


def show_examples(chosen: Mapping[Why, Sequence[int]], movies: Sequence[Movie]) -> list[Example]:
    """The chosen rows of `movies` as a page shows them."""
    return [_show(why, movies[row]) for why, rows in chosen.items() for row in rows]


def _first(order: NDArray[np.float64], allowed: NDArray[np.bool_], number: int) -> list[int]:
    """The rows that are allowed, lowest first; of equals, the earlier."""
    rows = np.flatnonzero(allowed)
    found: list[int] = rows[np.argsort(order[rows], kind="stable")][:number].tolist()
    return found


def _around_thresholds(predictions: StoredPredictions) -> NDArray[np.float64]:
    """Probabilities (N, G) moved along the logit scale until the thresholds are at 0.5."""
    sure, thresholds = (
        np.clip(values.astype(np.float64), SURE, 1 - SURE)
        for values in (predictions.probabilities, predictions.thresholds)
    )
    return np.asarray(expit(logit(sure) - logit(thresholds)))


def _show(why: Why, movie: Movie) -> Example:
    return Example(
        why=why,
        id=movie.id,
        title=movie.title,
        year=movie.year,
        plot=None if movie.plot is None else _shorten(movie.plot),
        genres=list(movie.genres),
        poster=_jpeg(movie),
    )


def _shorten(plot: str) -> str:
    if len(plot) <= PLOT_LETTERS:
        return plot
    cut = plot[: PLOT_LETTERS + 1]
    # a text without blanks is cut where it must be
    whole = cut.rsplit(maxsplit=1)[0] if len(cut.split()) > 1 and not cut[-1].isspace() else cut
    return whole[:PLOT_LETTERS].rstrip() + " …"


def _jpeg(movie: Movie) -> str | None:
    if movie.poster is None:
        return None
    try:
        pixels = movie.poster.pixels(longest_side=POSTER_HEIGHT)
    except PosterError:
        return None
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=JPEG_QUALITY)
    return base64.b64encode(written.getvalue()).decode("ascii")
