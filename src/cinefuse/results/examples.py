"""A few films worth looking at, with what a page needs to show them: `examples.json`."""

from pathlib import Path
from typing import Literal

from cinefuse.results.record import Record, read_record

Why = Literal["best told", "worst told", "most disputed"]


class Example(Record):
    """One film.

    Attributes:
        plot: cut at a word, then marked with …; None where the film has none.
        genres: those that it has.
        poster: a JPEG no higher than 240 pixels, in base64; None where there is none or it cannot be decoded.
    """

    why: Why
    id: str
    title: str
    year: int | None
    plot: str | None
    genres: list[str]
    poster: str | None


class Examples(Record):
    """`examples.json`; what the models gave a film is in their predictions.npz, under its id.

    Attributes:
        model: the folder of the run that told them best and worst, the best of all on dev.
        compared: the folders of the runs, the best of each kind, that the disputed ones are disputed among.
    """

    split: str
    model: str
    compared: list[str]
    films: list[Example]


def read_examples(path: Path) -> Examples:
    """Reads `examples.json`.

    Raises:
        RunError: if the file is missing or is something else.
    """
    return read_record(Examples, path, "cinefuse compare --out DIR")
