"""The embedded catalogue: the same every time, in MM-IMDb's proportions, and as hard as it should be."""

import re
from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from cinefuse.corpus.catalogue import generate
from cinefuse.corpus.catalogue.genre_sets import draw_genre_sets, genre_counts
from cinefuse.corpus.catalogue.people import N_ACTORS, N_DIRECTORS
from cinefuse.corpus.catalogue.posters import STYLES
from cinefuse.corpus.catalogue.sentences import VOCABULARIES
from cinefuse.corpus.catalogue.splits import deal_splits
from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.corpus.movie import SPLITS
from cinefuse.corpus.readers.embedded import read_embedded


@pytest.fixture(scope="module")
def catalogue():
    return list(generate())


def test_same_seed_gives_the_same_films_to_the_byte_and_pixel(catalogue):
    # films come one by one, each from its own source of randomness
    for movie, twin in zip(catalogue[:300], generate(), strict=False):
        assert (
            movie.id,
            movie.title,
            movie.plots,
            movie.genres,
            movie.split,
            movie.director,
            movie.cast,
        ) == (
            twin.id,
            twin.title,
            twin.plots,
            twin.genres,
            twin.split,
            twin.director,
            twin.cast,
        )
        assert (movie.poster is None) == (twin.poster is None)
        if movie.poster is not None:
            assert np.array_equal(movie.poster.pixels(), twin.poster.pixels())


def test_another_seed_gives_other_films():
    plots = {movie.plots for movie in generate(40, seed=1)}
    assert len(plots & {movie.plots for movie in generate(40, seed=2)}) < 4


def test_counts_are_those_of_mmimdb_and_company_is_as_expected(catalogue):
    counts = Counter(genre for movie in catalogue for genre in movie.genres)
    assert [counts[genre] for genre in MMIMDB_GENRES] == genre_counts(1200)
    assert counts["Drama"] == 646
    assert counts["Film-Noir"] == 16
    assert np.mean([len(movie.genres) for movie in catalogue]) == pytest.approx(2.485, abs=0.02)
    together = Counter(
        (one, other) for movie in catalogue for one in movie.genres for other in movie.genres if one != other
    )
    assert together["Film-Noir", "Crime"] > 0.5 * counts["Film-Noir"]
    assert together["Animation", "Family"] > 3 * together["Animation", "Thriller"]
    assert together["Documentary", "Drama"] < 0.2 * counts["Documentary"]


@pytest.mark.parametrize("seed", [0, 1, 2, 42])
def test_every_genre_is_in_every_split_at_least_twice(seed):
    genre_sets = draw_genre_sets(1200, np.random.default_rng(seed))
    splits = deal_splits(genre_sets)
    shares = Counter(splits)
    assert [shares[split] / 1200 for split in SPLITS] == pytest.approx([0.7, 0.15, 0.15], abs=0.01)
    for split in SPLITS:
        counts = Counter(
            genre
            for genres, dealt in zip(genre_sets, splits, strict=True)
            if dealt == split
            for genre in genres
        )
        assert all(counts[genre] >= 2 for genre in MMIMDB_GENRES), (split, counts)


@pytest.mark.parametrize("n_movies", [1, 7, 60])
def test_small_catalogues_have_the_films_asked_for(n_movies):
    movies = list(generate(n_movies))
    assert [movie.where for movie in movies] == [f"catalogue movie {index + 1}" for index in range(n_movies)]
    assert all(movie.genres for movie in movies)


def test_films_are_complete_but_for_what_is_declared_absent(catalogue):
    assert sum(movie.poster is None for movie in catalogue) == 12
    assert sum(not movie.plots for movie in catalogue) == 12
    assert len({movie.id for movie in catalogue}) == 1200
    assert {len(movie.plots) for movie in catalogue} == {0, 1, 2}
    for movie in catalogue:
        assert movie.title
        assert 1930 <= movie.year <= 2015
        assert len(movie.director) == 1
        assert 2 <= len(movie.cast) <= 4
        assert movie.genres == tuple(genre for genre in MMIMDB_GENRES if genre in movie.genres)


def test_people_come_back(catalogue):
    directors = Counter(name for movie in catalogue for name in movie.director)
    actors = Counter(name for movie in catalogue for name in movie.cast)
    assert len(directors) <= N_DIRECTORS
    assert len(actors) <= N_ACTORS
    assert np.median(list(directors.values())) >= 4
    assert np.median(list(actors.values())) >= 4


def test_posters_are_small_upright_rgb(catalogue):
    for movie in catalogue[:40]:
        if movie.poster is not None:
            pixels = movie.poster.pixels()
            assert pixels.shape == (128, 86, 3)
            assert pixels.dtype == np.uint8
            assert pixels.std() > 8


def test_plots_read_as_sentences(catalogue):
    plots = [max(movie.plots, key=len) for movie in catalogue if movie.plots]
    lengths = [len(plot.split()) for plot in plots]
    assert 30 <= np.median(lengths) <= 60
    assert max(lengths) <= 110
    for plot in plots:
        assert not re.search(r"[<>]", plot), plot  # a slot that nothing filled
        assert not re.search(r"\b[Aa] [aeio]|\b[Aa]n [bcdfgjklmnpqrstvwxz]", plot), plot
        assert re.search(r"(^|[.?!] )[a-z]", plot) is None, plot
        assert plot.endswith("."), plot
    words = {word for plot in plots for word in re.findall(r"[a-z']+", plot.lower())}
    assert 1200 <= len(words) <= 2000


def test_every_genre_has_its_words_and_its_style():
    assert set(VOCABULARIES) == set(STYLES) == set(MMIMDB_GENRES)
    for genre, vocabulary in VOCABULARIES.items():
        assert set(vocabulary.words) == {"who", "where", "what"}, genre
        known = set(vocabulary.words) | {"name", "other", "town", "time", "she", "her"}
        for sentence in vocabulary.openings + vocabulary.turns:
            assert set(re.findall(r"<(\w+)>", sentence)) <= known, sentence


def test_reader_hands_over_the_catalogue_with_its_genres_and_split():
    reading = read_embedded()
    assert (reading.name, reading.genres, reading.has_splits) == ("embedded", MMIMDB_GENRES, True)
    assert next(iter(reading.entries)).id == "inv0001"


def test_text_is_ahead_of_vision_and_both_together_ahead_of_text(catalogue):
    """Linear models on words and on coarse colours: the order that real films show, with room above."""
    movies = [movie for movie in catalogue if movie.poster is not None and movie.plots]
    truth = np.array([[genre in movie.genres for genre in MMIMDB_GENRES] for movie in movies])
    train = np.array([movie.split == "train" for movie in movies])
    plots = [max(movie.plots, key=len) for movie in movies]
    words = TfidfVectorizer(min_df=2, sublinear_tf=True).fit_transform(plots)
    colours = np.stack([_coarse_colours(movie.poster.pixels()) for movie in movies])

    text = _probabilities(words, truth, train, strength=5.0)
    vision = _probabilities(colours, truth, train, strength=0.1)
    alone, seen, together = scores = [
        average_precision_score(truth[~train], probabilities, average="macro")
        for probabilities in (text, vision, 0.6 * text + 0.4 * vision)
    ]
    assert 0.45 < alone < 0.8, scores
    assert 0.2 < seen < alone - 0.1, scores
    assert alone + 0.02 < together < 0.85, scores


def _coarse_colours(pixels):
    """Means of 8 x 6 cells of the poster, from 0 to 1."""
    cells = pixels[:128, :84].reshape(8, 16, 6, 14, 3)
    return cells.mean(axis=(1, 3)).ravel() / 255


def _probabilities(features, truth, train, strength):
    columns = [
        LogisticRegression(C=strength, class_weight="balanced", solver="liblinear")
        .fit(features[train], truth[train, genre])
        .predict_proba(features[~train])[:, 1]
        for genre in range(truth.shape[1])
    ]
    return np.stack(columns, axis=1)
