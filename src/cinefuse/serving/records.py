"""What goes in and out as JSON; the OpenAPI page is made of these."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from cinefuse.prediction import Prediction
from cinefuse.results.record import Record
from cinefuse.serving.people import ALLOWED, Names


def number_as_text(given: object) -> object:
    """A table's row number is an id like any other."""
    return str(given) if type(given) is int else given


class Film(Record):
    """A film as it is asked about: a plot, a poster, or both, and who made it.

    What a field may be is told to whoever errs.
    """

    model_config = ConfigDict(strict=True)

    id: Annotated[str, BeforeValidator(number_as_text)] = Field("", description="a text, or a whole number")
    plot: str | None = Field(None, description="a text, or null")
    poster: str | None = Field(None, description="an image file in base64, or null")
    director: Names = Field(None, description=ALLOWED)
    cast: Names = Field(None, description=ALLOWED)


class FilmAndGenre(Film):
    """A film, and the genre to explain; None for its most probable one."""

    genre: str | None = Field(None, description="one of the model's genres, or null")


class Films(Record):
    """Several films; each is checked by itself, so that one fault does not take the others with it."""

    model_config = ConfigDict(strict=True)

    films: list[Any] = Field(description=f"a list of films, each an object of {', '.join(Film.model_fields)}")


class ErrorDetail(Record):
    """`code` is for programs, `message` for people."""

    code: str
    message: str


class Error(Record):
    """Every answer of 400 and above."""

    error: ErrorDetail


class Told(Record):
    """The genres of one film.

    Attributes:
        genres: at or above their threshold, most probable first.
        probabilities: genre -> calibrated probability.
        thresholds: genre -> what this film was judged by.
        lacking: "plot" and "poster", where the model reads it and the film has none.
    """

    id: str
    model: str
    genres: list[str]
    probabilities: dict[str, float]
    thresholds: dict[str, float]
    lacking: list[str]

    @classmethod
    def of(cls, prediction: Prediction, model: str) -> "Told":
        """A prediction as an answer."""
        return cls(
            id=prediction.id,
            model=model,
            genres=list(prediction.genres),
            probabilities=prediction.probabilities,
            thresholds=prediction.thresholds,
            lacking=list(prediction.lacking),
        )


class ToldInBatch(Told):
    """The genres of one film of several."""

    error: None = None


class RefusedInBatch(Record):
    """One film of several that could not be told."""

    id: str
    error: ErrorDetail


class Batch(Record):
    """One entry for each film, in their order."""

    predictions: list[ToldInBatch | RefusedInBatch]


class GenreThreshold(Record):
    """A genre, and at or above which probability a film that lacks nothing has it."""

    name: str
    threshold: float


class Model(Record):
    """What the service can do."""

    model: str
    reads: list[str] = Field(description='"plot", "poster" or both')
    knows_people: bool = Field(description="whether a film's director and cast tell this model more")
    explains: bool = Field(description="whether /v1/explain works with this model")
    genres: list[GenreThreshold]
    limits: dict[str, int]


class Example(Record):
    """An invented film to try; its poster is a PNG in base64."""

    title: str
    plot: str
    poster: str
    director: list[str]
    cast: list[str]


class Examples(Record):
    """Films of the embedded catalogue."""

    examples: list[Example]


class State(Record):
    """Whether the service lives, or is ready."""

    status: str
