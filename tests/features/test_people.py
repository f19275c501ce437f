"""The graph of training films and people: who is joined to whom, and what nobody may learn from it."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from cinefuse.corpus.movie import Movie
from cinefuse.features.batch import Batch
from cinefuse.features.links import LINKS, NeighbourFinder, ProfileFinder
from cinefuse.features.people import CAST, DIRECTOR, PeopleGraph, PeopleSettings, gather_people, roles

GENRES = ("Drama", "Comedy")
SETTINGS = PeopleSettings()
TRAIN = [
    Movie("a", genres=("Drama",), director=("Ada",), cast=("Bea", "Cy")),
    Movie("b", genres=("Comedy",), director=("Ada",), cast=("Dee",)),
    Movie("c", genres=("Drama", "Comedy"), cast=("Bea", "Ada")),
    Movie("d", genres=("Drama",)),
    Movie("e", genres=("Comedy",), cast=("Eve",)),
]


@pytest.fixture
def graph():
    return gather_people(TRAIN, GENRES)


def neighbours(graph, *movies, most=32):
    return NeighbourFinder(graph, PeopleSettings(graph_links=most)).find(movies).rows


def test_films_are_joined_by_director_and_cast_alike(graph):
    new = Movie("new", director=("Bea",), cast=("Eve", "Nobody"))
    assert [set(rows) for rows in neighbours(graph, new)] == [{0, 2, 4}]


def test_a_training_film_is_not_its_own_neighbour(graph):
    assert [sorted(rows) for rows in neighbours(graph, *TRAIN)] == [[1, 2], [0, 2], [0, 1], [], []]


def test_those_that_share_the_most_and_rarest_people_come_first(graph):
    # Ada made three films and counts a third, Bea two and counts a half, Eve one
    new = Movie("new", cast=("Ada", "Bea", "Eve"))
    assert neighbours(graph, new) == [[4, 0, 2, 1]]
    assert neighbours(graph, new, most=2) == [[4, 0]]


def test_names_are_the_same_however_they_are_spelled(graph):
    assert neighbours(graph, Movie("new", director=("  ADA ",))) == [[0, 1, 2]]
    assert roles(Movie("x", director=("Ada",), cast=("ada", " ", "Bea"))) == {"ada": DIRECTOR, "bea": CAST}


def test_scored_films_do_not_see_each_other(graph):
    first, second = (Movie(name, cast=("Zoe",)) for name in ("x", "y"))
    assert neighbours(graph, first, second) == [[], []]


def test_batches_are_padded_by_what_is_no_row(graph):
    found = NeighbourFinder(graph, SETTINGS).find(TRAIN).batch([3, 0])
    assert found["neighbours"].tolist() == [[-1, -1], [2, 1]]  # Bea is rarer than Ada
    assert NeighbourFinder(graph, SETTINGS).find(TRAIN).batch([3])["neighbours"].tolist() == [[-1]]


def test_a_profile_is_the_mean_of_their_films_drawn_towards_all_films(graph):
    # all five: Drama 3/5, Comedy 3/5; Bea: Drama and both; (2 + 2 * 0.6) / 4 - 0.6 and (1 + 1.2) / 4 - 0.6
    found = ProfileFinder(graph, SETTINGS).find([Movie("new", cast=("Bea", "Nobody"))]).batch([0])
    np.testing.assert_allclose(found["people"], [[[0.2, -0.05]]], rtol=1e-6)
    assert found["people_roles"].tolist() == [[CAST]]


def test_a_training_film_does_not_meet_its_own_genres_in_its_people(graph):
    changed = gather_people([replace(TRAIN[0], genres=("Comedy",)), *TRAIN[1:]], GENRES)
    own, others = (ProfileFinder(one, SETTINGS).find(TRAIN).batch([0]) for one in (graph, changed))
    # Cy made no other film; Ada made b and c, Bea c: what is left moves with the share over all films alone
    assert own["people_roles"].tolist() == [[DIRECTOR, CAST]]
    shift = (others["people"] - own["people"])[0]
    share = np.array([2 / 5 - 3 / 5, 4 / 5 - 3 / 5])
    np.testing.assert_allclose(shift[0], share * (2 / 4 - 1), rtol=1e-5)
    np.testing.assert_allclose(shift[1], share * (2 / 3 - 1), rtol=1e-5)


def test_whoever_made_no_other_film_tells_nothing(graph):
    found = ProfileFinder(graph, SETTINGS).find([TRAIN[4], TRAIN[3]]).batch([0, 1])
    assert found["people_roles"].tolist() == [[0], [0]]
    assert not found["people"].any()


def test_genres_of_films_that_are_scored_are_never_read(graph):
    plain = Movie("new", director=("Ada",), cast=("Bea",))
    for name in LINKS:
        finder = LINKS[name](graph, SETTINGS)
        before, after = (finder.find([replace(plain, genres=one)]).batch([0]) for one in ((), GENRES))
        assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("name", list(LINKS))
def test_links_say_what_a_batch_will_hold_of_them(graph, name):
    finder = LINKS[name](graph, SETTINGS)
    given = finder.find(TRAIN).batch([1, 3, 0])
    assert tuple(given) == finder.names
    assert Batch(**given).tensors().keys() == given.keys()
    assert {array.shape[:2] for array in given.values()} == {(3, 2)}
    assert {len(array) for array in finder.find([]).batch([]).values()} == {0}


@pytest.mark.parametrize("name", list(LINKS))
def test_strangers_are_named_as_they_are_given(graph, name):
    film = Movie("new", director=(" ADA ", "Zoe  Q"), cast=("Bea", "Xi"))
    assert LINKS[name](graph, SETTINGS).strangers(film) == ("Zoe  Q", "Xi")


def test_it_comes_back_from_json_as_it_was(graph):
    assert PeopleGraph.model_validate_json(graph.model_dump_json()) == graph


@pytest.mark.parametrize(
    "changes", [{"people": {"ada": (9,)}}, {"genres": ((0,),)}, {"n_genres": 1}, {"people": {"ada": (-1,)}}]
)
def test_a_graph_that_does_not_fit_its_films_is_none(graph, changes):
    with pytest.raises(ValidationError):
        PeopleGraph.model_validate(graph.model_dump() | changes)
