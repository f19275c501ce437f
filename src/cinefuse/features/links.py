"""What films have to do with the graph of training films: by whom, or to which of them, they are joined.

A film hangs on to the graph by its own names, and no two scored films see each other
(docs/decisions/0020-graphs-without-leakage.md).
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.movie import Movie
from cinefuse.features.people import PeopleGraph, PeopleSettings, roles, spelled
from cinefuse.registry import Registry

PRIOR = 2.0  # films of everybody's genres that a person has on top of their own: one film proves little


class Links(Protocol):
    """What N films have to do with the graph."""

    def batch(self, indices: Sequence[int]) -> dict[str, NDArray[Any]]:
        """The films at `indices`, under the names that `Batch` has for it, padded to the longest of them."""
        ...


class LinkFinder(ABC):
    """Finds what films have to do with one graph, which it has looked through once.

    Attributes:
        names: of the arrays that it gives, as `Batch` has them; all (B, links) or (B, links, G).
    """

    names: ClassVar[tuple[str, ...]]

    def __init__(self, graph: PeopleGraph, settings: PeopleSettings) -> None:
        self._graph, self._most = graph, settings.graph_links
        self._own = {film: row for row, film in enumerate(graph.films)}

    @abstractmethod
    def find(self, movies: Sequence[Movie]) -> Links:
        """Of the movies; a training film, known by its id, is not joined to itself."""

    def strangers(self, movie: Movie) -> tuple[str, ...]:
        """Of the names of who made it those who made no training film, as they are given."""
        return tuple(
            name for name in (*movie.director, *movie.cast) if spelled(name) not in self._graph.people
        )


LINKS: Registry[type[LinkFinder]] = Registry("links")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of N films, the rows of the training films that share somebody with them, nearest first."""

    rows: list[list[int]]

    def batch(self, indices: Sequence[int]) -> dict[str, NDArray[Any]]:
        """See `Links.batch`: (B, links) int64, -1 where there are no more."""
        chosen = [self.rows[index] for index in indices]
        padded = np.full((len(chosen), max([1, *map(len, chosen)])), -1, dtype=np.int64)
        for place, rows in enumerate(chosen):
            padded[place, : len(rows)] = rows
        return {"neighbours": padded}


@LINKS.register("neighbours", "the training films that share a director or a cast member with a film")
class NeighbourFinder(LinkFinder):
    """Somebody with many films joins each of them less: a shared name counts one over their number."""

    names = ("neighbours",)

    def find(self, movies: Sequence[Movie]) -> Neighbours:
        """See `LinkFinder.find`."""
        found = []
        for movie in movies:
            shared = defaultdict[int, float](float)
            for name in roles(movie):
                rows = self._graph.people.get(name, ())
                for row in rows:
                    shared[row] += 1 / len(rows)
            shared.pop(self._own.get(movie.id, -1), None)
            nearest = sorted(shared, key=lambda row: (-shared[row], row))
            found.append(nearest[: self._most])
        return Neighbours(found)


@dataclass(frozen=True, slots=True)
class Profiles:
    """Of N films, the people who made training films too, by the genres of those.

    Attributes:
        people: N arrays (P, G), how much oftener a film of theirs has the genre than any film, -1..1.
        roles: N arrays (P,), `people.DIRECTOR` or `people.CAST`.
    """

    people: list[NDArray[np.float32]]
    roles: list[NDArray[np.int64]]

    def batch(self, indices: Sequence[int]) -> dict[str, NDArray[Any]]:
        """See `Links.batch`: (B, links, G) float32 and (B, links) int64, 0 where there are no more."""
        people, their_roles = ([own[index] for index in indices] for own in (self.people, self.roles))
        shape = (len(people), max([1, *map(len, people)]))
        padded = np.zeros((*shape, people[0].shape[1] if people else 0), dtype=np.float32)
        padded_roles = np.zeros(shape, dtype=np.int64)
        for place, (profiles, own_roles) in enumerate(zip(people, their_roles, strict=True)):
            padded[place, : len(profiles)] = profiles
            padded_roles[place, : len(own_roles)] = own_roles
        return {"people": padded, "people_roles": padded_roles}


@LINKS.register("profiles", "a film's people, by the genres of their other films")
class ProfileFinder(LinkFinder):
    """Counts over the training films without the film itself.

    Whoever made no other training film is left out: nothing is known of them.
    """

    names = ("people", "people_roles")

    def __init__(self, graph: PeopleGraph, settings: PeopleSettings) -> None:
        super().__init__(graph, settings)
        self._genres = np.zeros((len(graph.films), graph.n_genres), dtype=np.float32)
        for row, columns in enumerate(graph.genres):
            self._genres[row, list(columns)] = 1
        nobody = np.zeros(graph.n_genres, np.float32)
        self._share = self._genres.mean(axis=0) if len(graph.films) else nobody

    def find(self, movies: Sequence[Movie]) -> Profiles:
        """See `LinkFinder.find`."""
        people, their_roles = [], []
        for movie in movies:
            itself = self._own.get(movie.id, -1)
            known = [
                (self._profile(others), role)
                for name, role in roles(movie).items()
                if (others := [row for row in self._graph.people.get(name, ()) if row != itself])
            ][: self._most]
            rows = [profile for profile, _ in known]
            people.append(np.stack(rows) if rows else np.zeros((0, len(self._share)), np.float32))
            their_roles.append(np.array([role for _, role in known], dtype=np.int64))
        return Profiles(people, their_roles)

    def _profile(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """(G,) of films: the mean of their genres, drawn towards everybody's share, less that."""
        drawn = (self._genres[rows].sum(axis=0) + PRIOR * self._share) / (len(rows) + PRIOR)
        return np.asarray(drawn - self._share, dtype=np.float32)
