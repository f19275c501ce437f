"""Whether an export says what its run says: both are asked of the same films, by the way that users ask."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.errors import CorpusError, RunError
from cinefuse.exported.record import Agreement
from cinefuse.prediction import GenrePredictor, Prediction

LARGEST = 1e-3  # by which a probability of the float32 graph may differ from the run's
LACKING_FILMS = 32  # are also told without their plot, without their poster, and as if others had made them


def films_to_verify(corpus: Corpus, split: str, n_films: int | None) -> list[Movie]:
    """Films of the split spread over all of it: in some corpora it is sorted by genre.

    Raises:
        CorpusError: if there is no such split, or no film in it.
    """
    movies = corpus.split(split)
    if not len(movies):
        raise CorpusError(f"corpus {corpus.name}, split {split}: no films; allowed is one or more")
    wanted = len(movies) if n_films is None else min(n_films, len(movies))
    return [movies[index] for index in np.linspace(0, len(movies) - 1, wanted).astype(int).tolist()]


class Reference:
    """What the run says of some films, asked once and held against every exported model.

    Args:
        predictor: of the run.
        movies: the films.
        people: whom the run knows: some films are asked about once more as if these had made them, for who
            makes films elsewhere it need not know.
    """

    def __init__(
        self, predictor: GenrePredictor, movies: Sequence[Movie], people: Sequence[str] = ()
    ) -> None:
        self.movies = [*movies, *_made_by(movies, people)]
        self._lacking = _without_parts(movies) if len(predictor.reads) > 1 else []
        self._said = predictor.predict(self.movies)
        self._said_lacking = predictor.predict(self._lacking)

    def agreement(self, exported: GenrePredictor) -> Agreement:
        """How the exported model's answers differ."""
        said = exported.predict(self.movies)
        differences = _differences(self._said, said)
        alike = _alike(self._said, said)
        agreement = Agreement(
            largest_difference=float(differences.max()),
            mean_difference=float(differences.mean()),
            same_labels=float(alike.mean()),
            same_films=float(alike.all(axis=1).mean()),
        )
        if not self._lacking:
            return agreement
        said_lacking = exported.predict(self._lacking)
        lacking = {
            "largest_difference_lacking": float(_differences(self._said_lacking, said_lacking).max()),
            "same_labels_lacking": float(_alike(self._said_lacking, said_lacking).mean()),
        }
        return agreement.model_copy(update=lacking)


def refuse_differing(agreement: Agreement, films: str) -> None:
    """Refuses a float32 graph that is not the run's model.

    Args:
        agreement: of it with the run.
        films: which ones, for the message.

    Raises:
        RunError: if a probability differs by more than `LARGEST`, or is no number.
    """
    found = max(agreement.largest_difference, agreement.largest_difference_lacking or 0.0)
    if not found <= LARGEST:  # NaN is no less
        raise RunError(
            f"the float32 graph is not the run's model: on {films} a probability differs by up to "
            f"{found:.2g}, allowed is {LARGEST:g}; nothing was kept. This is a "
            "fault of the export, not yours: please report it with the recipe's name"
        )


def why_not_int8(agreement: Agreement, least: float, films: str) -> str:
    """Why an int8 model is not to be kept; empty where it may be.

    Args:
        agreement: of it with the run.
        least: share of labels that it must decide as the run does.
        films: which ones, for the message.
    """
    shares = {"": agreement.same_labels, " without their plot or their poster": agreement.same_labels_lacking}
    for which, share in shares.items():
        if share is not None and not share >= least:
            return (
                f"on {films}{which} it decides {share:.1%} of labels as the run does, allowed is "
                f"{least:.0%} or more"
            )
    largest = (agreement.largest_difference, agreement.largest_difference_lacking or 0.0)
    return "" if np.isfinite(largest).all() else f"on {films} a probability is no number"


def _without_parts(movies: Sequence[Movie]) -> list[Movie]:
    some = movies[:LACKING_FILMS]
    plot_alone = [replace(movie, poster=None) for movie in some if movie.plot is not None]
    return plot_alone + [replace(movie, plot=None) for movie in some if movie.poster is not None]


def _made_by(movies: Sequence[Movie], people: Sequence[str]) -> list[Movie]:
    """Some of the films, each directed by one of the people, with two more of them in it."""
    if not people:
        return []
    return [
        replace(movie, director=(people[3 * row % len(people)],), cast=_two(people, 3 * row + 1))
        for row, movie in enumerate(movies[:LACKING_FILMS])
    ]


def _two(people: Sequence[str], start: int) -> tuple[str, str]:
    return people[start % len(people)], people[(start + 1) % len(people)]


def _differences(first: Sequence[Prediction], second: Sequence[Prediction]) -> NDArray[np.float64]:
    """(N, G), of probabilities."""
    one, other = (
        np.array([list(prediction.probabilities.values()) for prediction in said]) for said in (first, second)
    )
    return np.asarray(np.abs(one - other))


def _alike(first: Sequence[Prediction], second: Sequence[Prediction]) -> NDArray[np.bool_]:
    """(N, G), whether both give the genre, or neither."""
    one, other = (
        np.array([[genre in prediction.genres for genre in prediction.probabilities] for prediction in said])
        for said in (first, second)
    )
    return np.asarray(one == other)
