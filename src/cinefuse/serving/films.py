"""From a request's body to films: JSON or a form, checked, each fault with a message of its own."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import PosterError, n_pixels
from cinefuse.serving.faults import refusal_of
from cinefuse.serving.forms import read_form
from cinefuse.serving.limits import Limits
from cinefuse.serving.people import read_names
from cinefuse.serving.posters import read_poster
from cinefuse.serving.records import Film, FilmAndGenre, Films, number_as_text
from cinefuse.serving.refusal import Refusal
from cinefuse.serving.structure import check_structure

JSON, FORM = "application/json", "multipart/form-data"
MAX_ID = 200  # characters of an id

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class GivenFilm:
    """A film as it was given, before its poster is read.

    Attributes:
        poster: an image file's bytes, unread.
        director: names, without blanks around them; so is `cast`.
        genre: to be explained.
    """

    id: str
    plot: str | None
    poster: bytes | None
    director: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    genre: str | None = None


def read_film(body: bytes, content_type: str, limits: Limits, *, with_genre: bool = False) -> GivenFilm:
    """The film that a body tells of, as JSON or as a form.

    Raises:
        Refusal: 400, 415 or 422, for what cannot be read.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    kind = FilmAndGenre if with_genre else Film
    fields = tuple(kind.model_fields)
    if media_type == FORM:
        return _from_form(read_form(body, content_type, fields), limits)
    if media_type != JSON:
        raise _other_type(f"{JSON} or {FORM}")
    allowed = f"a film: an object of {', '.join(fields)}, with at most {limits.people:,} names in each list"
    check_structure(body, 1, limits, allowed)
    return _from_record(_parse(kind, body), limits)


def read_films(body: bytes, content_type: str, limits: Limits) -> list[GivenFilm | tuple[str, Refusal]]:
    """The films of a batch in their order; in place of one that cannot be read its id, and why.

    Raises:
        Refusal: 400, 415 or 422, if the body as a whole cannot be read.
    """
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise _other_type(JSON)
    check_structure(body, limits.batch_films, limits, f"a batch of 1 to {limits.batch_films:,} films")
    films = _parse(Films, body).films
    if not 0 < len(films) <= limits.batch_films:
        raise Refusal(
            422,
            "too_many_films" if films else "no_films",
            f"films: {len(films):,} are given; allowed are 1 to {limits.batch_films:,}",
        )
    read = [_one_of_several(one, limits) for one in films]
    pixels = sum(_pixels(one.poster) for one in read if isinstance(one, GivenFilm) and one.poster)
    if pixels > limits.batch_pixels:
        allowed = f"allowed are {limits.batch_pixels:,}: send fewer at a time, or smaller ones"
        raise Refusal(
            422, "posters_too_large", f"films: their posters have {pixels:,} pixels in all; {allowed}"
        )
    return read


def to_movie(film: GivenFilm, reads: Sequence[str], longest_side: int, limits: Limits) -> Movie:
    """The film for the model, its poster decoded; slow, for a thread.

    Raises:
        Refusal: if the poster cannot be read, or the film has nothing that the model reads.
    """
    there = {"plot": film.plot is not None, "poster": film.poster is not None}
    if not any(there[part] for part in reads):
        raise nothing_to_read(reads)
    poster = None if film.poster is None else read_poster(film.poster, longest_side, limits)
    return Movie(film.id, film.plot, poster, director=film.director, cast=film.cast)


def nothing_to_read(reads: Sequence[str]) -> Refusal:
    """A film without anything that the model reads: whatever were told of it would be a guess."""
    wanted = f"a {reads[0]}" if len(reads) == 1 else "a plot or a poster"
    return Refusal(422, "nothing_to_read", f"the film has nothing that this model reads; needed is {wanted}")


def _one_of_several(given: object, limits: Limits) -> GivenFilm | tuple[str, Refusal]:
    try:
        return _from_record(_checked(given), limits)
    except Refusal as refusal:
        named = number_as_text(given.get("id")) if isinstance(given, dict) else None
        return (named[:MAX_ID] if isinstance(named, str) else ""), refusal


def _pixels(poster: bytes) -> int:
    """Of a poster that will be decoded; what is wrong with any other is told in its film's place."""
    try:
        return n_pixels(poster)
    except PosterError:
        return 0


def _checked(given: object) -> Film:
    try:
        return Film.model_validate(given)
    except ValidationError as error:
        raise refusal_of(error, Film, "film") from error


def _parse(kind: type[Body], body: bytes) -> Body:
    """The body as JSON of that kind; invalid UTF-8, lone surrogates and endless depth are none."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise refusal_of(error, kind, "body") from error


def _from_record(record: Film, limits: Limits) -> GivenFilm:
    return _film(record, None if record.poster is None else _from_base64(record.poster), limits)


def _from_form(form: dict[str, bytes], limits: Limits) -> GivenFilm:
    texts = {name: _utf8(name, value) for name, value in form.items() if name != "poster"}
    return _film(FilmAndGenre(**texts), form.get("poster"), limits)


def _film(record: Film, poster: bytes | None, limits: Limits) -> GivenFilm:
    plot = record.plot
    if len(record.id) > MAX_ID:
        raise Refusal(422, "film_invalid", f"id: {len(record.id):,} characters; allowed are {MAX_ID}")
    if plot is not None and len(plot) > limits.plot_characters:
        raise Refusal(
            422,
            "plot_too_long",
            f"plot: {len(plot):,} characters; allowed are {limits.plot_characters:,}: shorten it",
        )
    return GivenFilm(
        record.id,
        plot if plot and plot.strip() else None,  # spaces alone are no plot
        poster,
        read_names("director", record.director, limits),
        read_names("cast", record.cast, limits),
        record.genre if isinstance(record, FilmAndGenre) else None,
    )


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(
            422, "poster_not_base64", "poster: not base64; allowed is an image file in base64, or null"
        ) from error


def _utf8(name: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(422, "film_invalid", f"{name}: not UTF-8 text, at byte {error.start}") from error


def _other_type(allowed: str) -> Refusal:
    return Refusal(
        415, "media_type", f"the body's Content-Type is not one that is read here; allowed: {allowed}"
    )
