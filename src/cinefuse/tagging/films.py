"""Rows to films: what can be read of a row becomes a movie, and what cannot is told."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import BytesPoster, FilePoster, Pixels, Poster, PosterError
from cinefuse.corpus.readers.fields import FieldError, names, several, text
from cinefuse.prediction import GenrePredictor
from cinefuse.tagging.chunk import RowError, Rows

Read = TypeVar("Read")

# an object's place in memory, which Pillow's messages have, is another one each time
OBJECT = re.compile(r"\s*<[^<>]* at 0x[0-9a-fA-F]+>")


@dataclass(slots=True)
class TriedPoster:
    """A poster that remembers why it could not be decoded, when a model asked for its pixels.

    Attributes:
        shown: what to call it in messages.
    """

    poster: Poster
    shown: str
    failure: RowError | None = None

    def pixels(self, longest_side: int | None = None) -> Pixels:
        """See `Poster.pixels`."""
        try:
            return self.poster.pixels(longest_side)
        except PosterError as error:
            self._failed(error.reason, str(error).removeprefix(f"{error.reason}: "))
            raise
        except ValueError as error:  # a name that no file can have
            self._failed("poster missing", f"{self.shown}: {error}")
            raise PosterError("poster missing", str(error)) from error

    def _failed(self, reason: str, detail: str) -> None:
        # as the table calls it, not by its whole path: the same wherever the table is
        where = str(getattr(self.poster, "path", self.shown))
        self.failure = RowError(reason, OBJECT.sub("", detail.replace(where, self.shown, 1)))


@dataclass(slots=True)
class Film:
    """A row on its way.

    Attributes:
        movie: None where there is nothing to score.
        poster: the movie's.
    """

    movie: Movie | None
    poster: TriedPoster | None = None
    errors: list[RowError] = field(default_factory=list)


def make_films(rows: Rows, predictor: GenrePredictor, folder: Path) -> list[Film]:
    """A film of each row, of what the model reads; posters' names are looked for in `folder`."""
    told = zip(rows.given, rows.errors, rows.whole, strict=True)
    return [
        _film(given, errors, predictor, folder) if whole else Film(None, errors=errors)
        for given, errors, whole in told
    ]


def _film(
    given: Mapping[str, object], found: list[RowError], predictor: GenrePredictor, folder: Path
) -> Film:
    errors, reads = list(found), predictor.reads
    its_plot = _read(lambda: _plot(given), errors) if "plot" in reads else None
    its_poster = _read(lambda: _poster(given.get("poster"), folder), errors) if "poster" in reads else None
    if its_plot is None and its_poster is None:
        if not errors:
            nothing = f"no {reads[0]}" if len(reads) == 1 else f"neither {' nor '.join(reads)}"
            errors.append(RowError(nothing, "the model reads nothing else"))
        return Film(None, errors=errors)
    movie = Movie("", its_plot, its_poster)
    if predictor.knows_people:
        directors = _read(lambda: several(given, "director"), errors) or ()
        cast = _read(lambda: several(given, "cast"), errors) or ()
        movie = replace(movie, director=directors, cast=cast)
    return Film(movie, its_poster, errors)


def _read(read: Callable[[], Read], errors: list[RowError]) -> Read | None:
    """What is read, or None and one more error."""
    try:
        return read()
    except FieldError as error:
        errors.append(RowError(error.reason, error.detail))
        return None


def _plot(given: Mapping[str, object]) -> str | None:
    """The longest, where there are several: what corpora do by default."""
    plots = [plot.strip() for plot in names(given, "plot")]
    return max(plots, key=len, default="") or None


def _poster(value: object, folder: Path) -> TriedPoster | None:
    if isinstance(value, Mapping):  # how `datasets` exports an image
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return TriedPoster(BytesPoster(value, "its bytes"), "its bytes") if value else None
    named = text({"poster": value}, "poster").strip()
    return TriedPoster(FilePoster(folder / named), named) if named else None
