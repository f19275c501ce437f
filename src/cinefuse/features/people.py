"""Films joined by people: which training films share a director or cast with a film.

The graph holds training films alone and is saved with the run. Any other film hangs on to it by its own
names, and no two scored films see each other (docs/decisions/0020-graphs-without-leakage.md).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from cinefuse.corpus.movie import Movie
from cinefuse.results import Record

DIRECTOR, CAST = 1, 2  # what somebody does in a film; 0 is padding
PRIOR = 2.0  # films of everybody's genres that a person has on top of their own: one film proves little

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


class Links(Protocol):
    """What N films have to do with the graph."""

    def batch(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """The films at `indices`, under the names that `Batch` has for it."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of N films, the rows of the training films that share somebody with them, nearest first."""

    rows: list[list[int]]

    def batch(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """See `Links.batch`."""
        chosen = [torch.tensor(self.rows[index] or [-1]) for index in indices]
        return {"neighbours": pad_sequence(chosen, batch_first=True, padding_value=-1)}


@dataclass(frozen=True, slots=True)
class Profiles:
    """Of N films, the people who made training films too, by the genres of those.

    Attributes:
        people: N tensors (P, G), how much oftener a film of theirs has the genre than any film, -1..1.
        roles: N tensors (P,), `DIRECTOR` or `CAST`.
    """

    people: list[Tensor]
    roles: list[Tensor]

    def batch(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """See `Links.batch`."""
        return {
            "people": pad_sequence([self.people[index] for index in indices], batch_first=True),
            "people_roles": pad_sequence([self.roles[index] for index in indices], batch_first=True),
        }


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
        if spelled := " ".join(name.casefold().split()):
            found.setdefault(spelled, role)
    return found


def find_neighbours(graph: PeopleGraph, movies: Sequence[Movie], settings: PeopleSettings) -> Neighbours:
    """The training films that share somebody with each film; never the film itself, known by its id.

    Somebody with many films joins each of them less: a shared name counts one over the number of its films.
    """
    own = {film: row for row, film in enumerate(graph.films)}
    found = []
    for movie in movies:
        shared = defaultdict[int, float](float)
        for name in roles(movie):
            rows = graph.people.get(name, ())
            for row in rows:
                shared[row] += 1 / len(rows)
        shared.pop(own.get(movie.id, -1), None)
        nearest = sorted(shared, key=lambda row: (-shared[row], row))
        found.append(nearest[: settings.graph_links])
    return Neighbours(found)


def find_profiles(graph: PeopleGraph, movies: Sequence[Movie], settings: PeopleSettings) -> Profiles:
    """The genres of each film's people, counted over the training films without the film itself.

    Whoever made no other training film is left out: nothing is known of them.
    """
    own = {film: row for row, film in enumerate(graph.films)}
    matrix = np.zeros((len(graph.films), graph.n_genres), dtype=np.float32)
    for row, columns in enumerate(graph.genres):
        matrix[row, list(columns)] = 1
    share = matrix.mean(axis=0) if len(matrix) else np.zeros(graph.n_genres, np.float32)
    people, their_roles = [], []
    for movie in movies:
        itself = own.get(movie.id, -1)
        known = [
            (_profile(matrix[others], share), role)
            for name, role in roles(movie).items()
            if (others := [row for row in graph.people.get(name, ()) if row != itself])
        ][: settings.graph_links]
        rows = [profile for profile, _ in known] or [np.zeros_like(share)]
        people.append(torch.from_numpy(np.stack(rows)))
        their_roles.append(torch.tensor([role for _, role in known] or [0]))
    return Profiles(people, their_roles)


def _profile(films: NDArray[np.float32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """(G,) of films (n, G): their mean, drawn towards everybody's `share`, less that."""
    drawn = (films.sum(axis=0) + PRIOR * share) / (len(films) + PRIOR)
    return np.asarray(drawn - share, dtype=np.float32)
