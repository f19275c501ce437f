"""What a model weighed, summed up over the films of a split: a run's `weights.json`.

Only films that have both a plot and a poster count where one looks at the other; padding never counts.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cinefuse.results.record import Record, read_record


class Spread(Record):
    """Mean and standard deviation, over films."""

    mean: float
    sd: float


class Share(Record):
    """One trained number, the same for every film, such as late fusion's alpha."""

    kind: Literal["share"] = "share"
    value: float


class Trained(Record):
    """Several trained numbers, the same for every film.

    Attributes:
        by: what they are of.
        values: a genre's name, a layer's number from 1 on, or an ensemble's member -> its number.
    """

    kind: Literal["trained"] = "trained"
    by: Literal["genre", "layer", "member"]
    values: dict[str, float]


class Gate(Record):
    """A number for each film and genre, or each film and feature.

    Attributes:
        overall: of the films' own means.
        per_genre: genre -> mean over films; empty where the gate is over features.
    """

    kind: Literal["gate"] = "gate"
    films: int
    overall: Spread
    per_genre: dict[str, float]


class PlaceAttention(Record):
    """What the words of a plot look at on the poster.

    Attributes:
        shares: of all attention, one a place, row by row, mean over films; they add up to 1.
        grid: rows and columns of the places; None where they form none (a vision transformer's class token).
        evenness: of one word's attention, mean over the words of a film: its entropy as a part of the
            largest that it can be; 1 is the same for all places, 0 all on one. None where there is but one.
        constant: the model has nothing to choose between: one place, the same for every word and film.
    """

    kind: Literal["places"] = "places"
    films: int
    shares: list[float]
    grid: tuple[int, int] | None
    evenness: Spread | None
    constant: bool


class AttendedWord(Record):
    """One word. `ratio` is its attention against an even share, mean over the `films` that have it."""

    word: str
    ratio: float
    films: int


class WordAttention(Record):
    """Which words of a plot are attended to.

    Attributes:
        words: those with the highest ratio, among words in at least `minimum_films` films. Pieces of a word
            are joined again; punctuation and special tokens, unknown words among them, are no words.
        beside_words: share of all attention that those get, mean over films.
        evenness: as in `PlaceAttention`, over the tokens of a film.
        constant: every token of every film gets an even share: an average, not a choice.
    """

    kind: Literal["words"] = "words"
    films: int
    words: list[AttendedWord]
    minimum_films: int
    beside_words: float
    evenness: Spread | None
    constant: bool


Weighed = Share | Trained | Gate | PlaceAttention | WordAttention


class RunWeights(Record):
    """`weights.json`.

    Attributes:
        split: of the films.
        weights: name (alpha, words_to_places, places_to_words, text.word_attention) -> summary; without
            those that no film of the split tells anything about.
    """

    split: str
    weights: dict[str, Annotated[Weighed, Field(discriminator="kind")]]


def read_weights(path: Path) -> RunWeights:
    """Reads `weights.json`.

    Raises:
        RunError: if the file is missing or is something else.
    """
    return read_record(RunWeights, path, "cinefuse compare --out DIR")
