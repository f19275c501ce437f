"""The graph of films and people: training films alone, saved with the run (docs/decisions/0020).

What a film has to do with it, `links` finds. Nothing here or there needs torch: an export reads it too.
"""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cinefuse.corpus.movie import Movie
from cinefuse.results import Record

DIRECTOR, CAST = 1, 2  # what somebody does in a film; 0 is padding

Place = Annotated[int, Field(ge=0)]


class PeopleSettings(BaseModel):
    """How much of the graph a film sees.

    Attributes:
        graph_links: the most neighbours, or people, of one film that are read: those that share the most
            and rarest people with it, or are named first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    graph_links: int = Field(32, ge=1)


class PeopleGraph(Record):
    """`people.json`: the training films and who made them.

    Attributes:
        films: T ids, in the order of the training films.
        people: name -> rows of `films`, ascending.
        genres: of each of the T films, as columns.
        n_genres: G.
    """

    films: tuple[str, ...]
    people: dict[str, tuple[Place, ...]]
    genres: tuple[tuple[Place, ...], ...]
    n_genres: int

    @model_validator(mode="after")
    def _fits(self) -> Self:
        last = max((rows[-1] for rows in self.people.values() if rows), default=-1)
        column = max((max(own) for own in self.genres if own), default=-1)
        if last >= len(self.films) or len(self.genres) != len(self.films) or column >= self.n_genres:
            raise ValueError(f"rows up to {last} and genres up to {column} for {len(self.films)} films")
        return self


def gather_people(movies: Sequence[Movie], genres: Sequence[str]) -> PeopleGraph:
    """The graph of the training films: of no others, for their genres are in it."""
    column = {genre: number for number, genre in enumerate(genres)}
    ids, own, people = [], [], dict[str, list[int]]()
    for row, movie in enumerate(movies):
        ids.append(movie.id)
        own.append(tuple(column[genre] for genre in movie.genres))
        for name in roles(movie):
            people.setdefault(name, []).append(row)
    rows = {name: tuple(found) for name, found in people.items()}
    return PeopleGraph(films=tuple(ids), people=rows, genres=tuple(own), n_genres=len(genres))


def roles(movie: Movie) -> dict[str, int]:
    """Who made it -> what they did, directors first; whoever directs and plays counts once.

    Example:
        >>> roles(Movie("1", director=("Ada  Sample",), cast=("ADA SAMPLE", "Bea Nobody")))
        {'ada sample': 1, 'bea nobody': 2}
    """
    named = [(name, DIRECTOR) for name in movie.director] + [(name, CAST) for name in movie.cast]
    found: dict[str, int] = {}
    for name, role in named:
        if known_as := spelled(name):
            found.setdefault(known_as, role)
    return found


def spelled(name: str) -> str:
    """One way to write a name, whatever its capitals and blanks; empty where there is none."""
    return " ".join(name.casefold().split())
