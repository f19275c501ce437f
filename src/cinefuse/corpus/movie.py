"""What a movie is: as a source tells it, and as the rest of cinefuse reads it.

A reader yields `SourceMovie`s and `Fault`s; the corpus' rules (which plot, which genres, which
split) turn them into `Movie`s. Nothing is lost on the way without a count.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cinefuse.corpus.poster import Poster

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class SourceMovie:
    """One movie as its source tells it, before any rule of ours.

    Attributes:
        where: the place in the source, for messages ("dataset/0084058.json", "movies.csv row 12").
        split: the source's own split for it, one of `SPLITS` or "unpaired"; None where it has none.
        plots: every plot the source gives, in its order; empty for none.
        genres: names as the source spells them.
        poster: None where the source names none or its file does not exist.
    """

    id: str
    where: str
    split: str | None = None
    plots: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    poster: Poster | None = None
    title: str = ""
    year: int | None = None
    director: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a source that is not a movie but should be.

    Attributes:
        where: the place in the source.
        reason: a short phrase that can be counted ("record is not JSON").
        detail: what was given and what is allowed.
    """

    where: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entries:
    """What is in a source, read from its beginning every time that somebody asks."""

    read: Callable[[], Iterator[SourceMovie | Fault]]

    def __iter__(self) -> Iterator[SourceMovie | Fault]:
        return self.read()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader hands over.

    Attributes:
        name: the corpus' name, for reports ("mmimdb", the folder's or file's name).
        entries: movies and faults in the source's order; the same every time that they are gone through.
        genres: the genres that this kind of source uses, in its official order; None where every genre
            that occurs is meant.
        has_splits: whether the source assigns splits of its own.
        counts: what the reader itself passed over, reason -> number.
        notes: what whoever uses the corpus should know, in sentences.
    """

    name: str
    entries: Iterable[SourceMovie | Fault]
    genres: tuple[str, ...] | None = None
    has_splits: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Movie:
    """One movie as features, reports and people read it.

    Attributes:
        plot: None where the movie has none: declared absent, never an empty string.
        poster: None where the movie has none.
        genres: a subset of the corpus' genres, in the corpus' order; empty where unknown.

    Raises:
        TypeError: if plot or poster is something else, such as a path or the NaN of an empty cell, or if
            director or cast is one text in place of several names.
    """

    id: str
    plot: str | None = None
    poster: Poster | None = None
    genres: tuple[str, ...] = ()
    title: str = ""
    year: int | None = None
    director: tuple[str, ...] = field(default=())
    cast: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.plot is not None and not isinstance(self.plot, str):
            raise TypeError(f"movie {self.id!r}: its plot is {self.plot!r}; allowed: text, or None for none")
        if self.poster is not None and not hasattr(self.poster, "pixels"):
            raise TypeError(
                f"movie {self.id!r}: its poster is {self.poster!r}; allowed: FilePoster(path), or another "
                "that has pixels(), or None for none"
            )
        for what in ("director", "cast"):
            if isinstance(names := getattr(self, what), str):  # which is a sequence of letters
                raise TypeError(f"movie {self.id!r}: its {what} is {names!r}; allowed: names, ({names!r},)")


def check_movies(movies: Sequence[Movie]) -> None:
    """Refuses what is no sequence of movies, before a model trips over it.

    Raises:
        TypeError: if so.
    """
    wrong = (
        movies if isinstance(movies, Movie) else next((m for m in movies if not isinstance(m, Movie)), None)
    )
    if wrong is not None:
        raise TypeError(f"given: {wrong!r}; allowed: a list of movies, [Movie(...), ...]")
