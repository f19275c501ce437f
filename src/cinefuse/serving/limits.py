"""How much the service takes on: every limit, its unit and its default, in one place."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MEBIBYTE = 2**20

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Limits(BaseModel):
    """What is taken, how much of it at once, and for how long; each is an option of `cinefuse serve`.

    What is too large, too long or too slow is answered with 408, 413 or 422; what is too much at once with
    503 and a Retry-After.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    body_bytes: Count = 16 * MEBIBYTE
    """Bytes of a request's body."""

    poster_bytes: Count = 10 * MEBIBYTE
    """Bytes of a poster's file."""

    poster_pixels: Count = 25_000_000
    """Pixels of a poster, width by height: it takes up to 24 bytes of memory for each while it is read."""

    batch_pixels: Count = 400_000_000
    """Pixels of all posters of a batch: the time that they take is the time that others wait."""

    plot_characters: Count = 50_000
    """Characters of a plot."""

    people: Count = 100
    """Names of those who directed a film, and as many of those who play in it."""

    name_characters: Count = 200
    """Characters of such a name."""

    batch_films: Count = 64
    """Films of a batch request."""

    queue_films: Count = 256
    """Films taken and not yet answered, in all; beyond it requests are refused."""

    queue_seconds: Seconds = 0.8
    """Seconds that the films ahead may take by the present rate; beyond it requests are refused."""

    max_batch: Count = 32
    """Films that the model scores at a time."""

    batch_wait_ms: Annotated[float, Field(ge=0, le=1000)] = 2.0
    """Milliseconds that a film waits for others to be scored with."""

    explain_queue: Count = 4
    """Explanations asked for and not yet answered, in all; they are made one at a time."""

    poster_threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Posters read at a time."""

    connections: Count = 16_000
    """Connections open at a time, or as many as the system allows files, if that is less."""

    receiving_bytes: Count = 256 * MEBIBYTE
    """Bytes of bodies held at a time, of all requests."""

    header_seconds: Seconds = 10.0
    """Seconds for a request's head to arrive."""

    body_seconds: Seconds = 20.0
    """Seconds for a request's body to arrive."""

    answer_seconds: Seconds = 30.0
    """Seconds for genres to be told, from the whole body on."""

    explain_seconds: Seconds = 120.0
    """Seconds for an explanation, from the whole body on."""

    send_seconds: Seconds = 60.0
    """Seconds for a client to take what it is sent; the connection of one that does not is cut off."""

    stop_seconds: Seconds = 30.0
    """Seconds for what was taken to be answered after the service was told to stop."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        from cinefuse.corpus.poster import MAX_PIXELS  # here: the command line reads this file at every start

        if self.poster_pixels > MAX_PIXELS:
            raise ValueError(
                f"poster_pixels={self.poster_pixels} is more than {MAX_PIXELS}: so large a poster is not read"
            )
        if self.batch_films > self.queue_films:
            raise ValueError(
                f"batch_films={self.batch_films} is more than queue_films={self.queue_films}: "
                "no request of that many films could ever be taken"
            )
        if self.poster_pixels > self.batch_pixels:
            raise ValueError(
                f"poster_pixels={self.poster_pixels} is more than batch_pixels={self.batch_pixels}: "
                "no batch could have a poster of that size"
            )
        return self

    def told(self) -> dict[str, int]:
        """Those that a client can keep to."""
        return {
            "body_bytes": self.body_bytes,
            "poster_bytes": self.poster_bytes,
            "poster_pixels": self.poster_pixels,
            "plot_characters": self.plot_characters,
            "people": self.people,
            "name_characters": self.name_characters,
            "batch_films": self.batch_films,
            "batch_pixels": self.batch_pixels,
        }
