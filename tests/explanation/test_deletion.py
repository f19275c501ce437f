"""Deleting what ranks highest against deleting at random: the counting, on models that need no training."""

from dataclasses import replace

import numpy as np
import pytest

from cinefuse.explanation.deletion import HOW_MANY, cover, deletion_test
from cinefuse.explanation.falls import Tally, summary
from cinefuse.inference import Predictor

PLOTS = (
    "the old mother writes a letter in the cellar",
    "blood in the old cellar and nobody screams at the wedding",
    "a wedding is a joke and the mother screams blood",
    "nobody writes the joke a letter is in the cellar",
)


@pytest.fixture(scope="module")
def given(untrained):
    """A model of both parts that gives every genre to every film."""
    predictor = untrained("early-fusion")
    record = predictor.bundle.record.model_copy(update={"thresholds": (1e-6, 1e-6, 1e-6)})
    return type(predictor)(replace(predictor.bundle, record=record))


@pytest.fixture
def movies(movie):
    return [replace(movie, id=str(number), plot=plot) for number, plot in enumerate(PLOTS)]


def test_the_highest_ranked_are_worth_more_than_random_ones(tiny_run, tiny_corpus):
    films = list(tiny_corpus.split("test"))[:8]
    found = deletion_test(Predictor.load(tiny_run), films, draws=3, resamples=500)
    assert (found.model, found.films, found.draws) == ("late-fusion", 8, 3)
    for rows in (found.words, found.places):
        assert [row.deleted for row in rows] == list(HOW_MANY)
        for row in rows[1:3]:
            assert row.difference == pytest.approx(row.highest - row.random)
            assert 0 < row.difference_interval[0] < row.difference < row.difference_interval[1]


def test_every_genre_that_is_given_counts(given, movies):
    found = deletion_test(given, movies[:2], draws=1, resamples=50)
    assert {(row.films, row.pairs) for row in (*found.words, *found.places)} == {(2, 6)}


def test_the_same_seed_gives_the_same_numbers(given, movies):
    first, again, other = (
        deletion_test(given, movies[:2], draws=2, resamples=100, seed=seed) for seed in (3, 3, 4)
    )
    assert first == again
    assert first.words[0].highest == other.words[0].highest
    assert first.words[0].random != other.words[0].random


def test_films_that_tell_nothing_count_for_nothing(given, untrained, movie):
    silent = replace(movie, plot=None, poster=None)
    short = replace(movie, plot="blood", poster=None)
    found = deletion_test(given, [silent, short], draws=1, resamples=10)
    assert (found.words, found.places) == ([], [])
    no_genre = untrained("early-fusion").bundle
    record = no_genre.record.model_copy(update={"thresholds": (1.0, 1.0, 1.0)})
    nobody = type(given)(replace(no_genre, record=record))
    assert deletion_test(nobody, [movie], draws=1, resamples=10).words == []


def test_one_modality_has_no_rows_for_the_other(untrained, movie):
    text, vision = (
        type(one)(
            replace(one.bundle, record=one.bundle.record.model_copy(update={"thresholds": (1e-6,) * 3}))
        )
        for one in (untrained("lstm-text"), untrained("cnn-vision"))
    )
    of_text, of_vision = (deletion_test(one, [movie], draws=1, resamples=10) for one in (text, vision))
    assert (len(of_text.words), of_text.places) == (4, [])
    assert (of_vision.words, len(of_vision.places)) == ([], 4)


def test_places_are_covered_in_the_mean_colour():
    pixels = np.zeros((6, 4, 3), dtype=np.uint8)
    pixels[:3] = 100
    covered = cover(pixels, (3, 2), [0, 5])
    assert np.all(covered[:2, :2] == 50)
    assert np.all(covered[4:, 2:] == 50)
    assert np.sum(covered == 50) == 2 * 4 * 3
    assert not np.any(pixels == 50)


def test_a_film_brings_all_its_pairs():
    tally = Tally([7, 7, 9], [0.3, 0.5, 0.1], [0.1, 0.1, 0.1])
    row = summary("1", tally, 2_000, 0)
    assert (row.films, row.pairs) == (2, 3)
    assert row.highest == pytest.approx(0.3)
    assert row.difference == pytest.approx(0.2)
    # of two films, one resample in four is the first alone, one the second alone
    assert row.difference_interval == (pytest.approx(0.0), pytest.approx(0.3))


def test_ten_percent_is_at_least_one():
    assert [HOW_MANY["10 %"](number) for number in (3, 26, 100)] == [1, 3, 10]
