"""Scoring: the same for a movie whoever stands beside it, and honest about what it lacks."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cinefuse.bundle import load_bundle
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import BytesPoster
from cinefuse.errors import RunError
from cinefuse.experiment import make_tokenizer
from cinefuse.features.table import encode_movies
from cinefuse.inference import Predictor, score_table
from cinefuse.metrics.calibration import calibrate
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import RECIPES
from cinefuse.results import CalibrationSummary


@pytest.fixture
def predictor(tiny_run):
    return Predictor(load_bundle(tiny_run), torch.device("cpu"))


@pytest.fixture
def movies(tiny_corpus):
    return list(tiny_corpus.split("test"))


@pytest.mark.parametrize("name", RECIPES)
def test_probabilities_do_not_depend_on_the_batch(name, tiny_settings, tiny_corpus, movies):
    settings = tiny_settings(name)
    torch.manual_seed(0)
    tokenizer = make_tokenizer(settings, tiny_corpus)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), 3)

    def score(some, size):
        reads_posters = settings.vision is not None
        table = encode_movies(some, tiny_corpus.genres, settings, tokenizer, read_posters=reads_posters)
        return score_table(model, table, batch_size=size)

    together = score(movies, 64)
    assert together.shape == (15, 3)
    assert together.dtype == np.float32
    assert 0 <= together.min() < together.max() <= 1
    assert len(np.unique(together.round(6), axis=0)) > 5  # movies are told apart
    for size in (1, 4):
        np.testing.assert_allclose(score(movies, size), together, atol=1e-5)
    np.testing.assert_allclose(score(movies[::-1], 4)[::-1], together, atol=1e-5)


def test_scoring_leaves_a_model_in_training_as_it_found_it(predictor, movies):
    model, table = predictor.bundle.model, predictor.features(movies)
    first = score_table(model.train(), table)
    assert model.training
    assert np.array_equal(first, score_table(model.eval(), table))
    assert not model.training


def test_every_way_in_gives_the_same_score(predictor, movies):
    matrix = predictor.probabilities(movies)
    line = predictor.bundle.record.calibration
    raw = predictor.score(predictor.features(movies))
    assert np.array_equal(matrix[:-2], calibrate(raw[:-2], line.slopes, line.intercepts))
    for movie, row, prediction in zip(movies, matrix, predictor.predict(movies), strict=True):
        assert prediction.id == movie.id
        assert list(prediction.probabilities) == list(predictor.genres)
        assert list(prediction.probabilities.values()) == pytest.approx(row.tolist())


def test_thresholds_decide(predictor, movies):
    (row,) = predictor.score(predictor.features(movies[:1])).astype(float)
    flat = (1.0,) * 3, (0.0,) * 3
    order = [predictor.genres[column] for column in np.argsort(-row)]
    # at the threshold is enough
    assert list(with_calibration(predictor, *flat, tuple(row)).predict(movies[:1])[0].genres) == order
    above = with_calibration(predictor, *flat, tuple(row + 1e-6))
    assert above.predict(movies[:1])[0].genres == ()
    only = with_calibration(predictor, *flat, (1.0, 0.0, 1.0))
    assert only.predict(movies[:1])[0].genres == (predictor.genres[1],)


def test_the_runs_own_thresholds_are_used(predictor, movies):
    line, thresholds = predictor.bundle.record.calibration, predictor.bundle.record.thresholds
    assert predictor.thresholds.tolist() == calibrate(thresholds, line.slopes, line.intercepts).tolist()
    matrix = predictor.probabilities(movies)
    for row, prediction in zip(matrix, predictor.predict(movies), strict=True):
        if not prediction.lacking:
            assert list(prediction.thresholds.values()) == predictor.thresholds.tolist()
        told = zip(predictor.genres, row, prediction.thresholds.values(), strict=True)
        assert set(prediction.genres) == {genre for genre, p, t in told if p >= t}


def test_a_movie_that_lacks_a_part_is_judged_by_what_was_learned_without_it(predictor, movies):
    record = predictor.bundle.record
    assert set(record.without) == {"plot", "poster"}
    bare = [replace(movie, poster=None) for movie in movies[:-2]]
    judged = record.without["poster"]
    raw = score_table(predictor.bundle.model, predictor.features(bare)).astype(float)
    moved = raw / (raw + (1 - raw) * np.exp(-np.array(judged.shifts)))  # the same shift, without logarithms
    np.testing.assert_allclose(predictor.score(predictor.features(bare)), moved, rtol=1e-5)
    line = judged.calibration
    expected = calibrate(predictor.score(predictor.features(bare)), line.slopes, line.intercepts)
    assert np.array_equal(predictor.probabilities(bare), expected)
    thresholds = calibrate(record.thresholds, line.slopes, line.intercepts).tolist()
    assert {tuple(one.thresholds.values()) for one in predictor.predict(bare)} == {tuple(thresholds)}


def test_hiding_a_modality_is_as_if_the_movies_had_none(predictor, movies):
    whole = movies[:-2]
    hidden = predictor.score_conditions(predictor.features(whole), [(), ("vision",), ("text",)])
    without = [
        whole,
        [replace(movie, poster=None) for movie in whole],
        [replace(movie, plot=None) for movie in whole],
    ]
    for scores, bare in zip(hidden, without, strict=True):
        np.testing.assert_allclose(scores, predictor.score(predictor.features(bare)), atol=1e-6)
    assert np.abs(hidden[1] - hidden[0]).max() > 0.01


def with_calibration(predictor, slopes, intercepts, thresholds=None):
    line = CalibrationSummary(rule="platt", slopes=slopes, intercepts=intercepts)
    changes = {"calibration": line} | ({"thresholds": thresholds} if thresholds else {})
    record = predictor.bundle.record.model_copy(update=changes)
    return Predictor(replace(predictor.bundle, record=record), torch.device("cpu"))


@pytest.mark.parametrize("slopes", [(1.0, 1.0, 1.0), (0.01, 0.3, 8.0)])
@pytest.mark.parametrize("intercepts", [(0.0, 0.0, 0.0), (-3.0, 4.0, 1.5)])
def test_calibration_gives_exactly_the_same_genres(predictor, movies, slopes, intercepts):
    movies = movies[:-2]  # those that lack a part have a calibration of their own
    raw = predictor.score(predictor.features(movies)).astype(np.float64)
    # each genre's threshold is what some film has, to the last digit, and once the next number above
    for shift in (0.0, np.finfo(np.float32).eps):
        thresholds = tuple((np.sort(raw, axis=0)[7] + shift).tolist())
        calibrated = with_calibration(predictor, slopes, intercepts, thresholds)
        expected = [
            {
                genre
                for genre, value, least in zip(predictor.genres, row, thresholds, strict=True)
                if value >= least
            }
            for row in raw
        ]
        assert [set(one.genres) for one in calibrated.predict(movies)] == expected
        matrix = calibrated.probabilities(movies) >= calibrated.thresholds
        assert [
            {g for g, yes in zip(predictor.genres, row, strict=True) if yes} for row in matrix
        ] == expected
        assert 0 < matrix.sum() < matrix.size


def test_genres_are_ordered_by_what_is_calibrated(predictor, movies):
    calibrated = with_calibration(predictor, (1.0, 1.0, 1.0), (0.0, 9.0, 4.0), (0.01, 0.01, 0.01))
    given = calibrated.predict(movies[:1])[0]
    assert given.genres == (predictor.genres[1], predictor.genres[2], predictor.genres[0])
    assert list(given.probabilities.values()) == calibrated.probabilities(movies[:1])[0].tolist()


def test_a_run_without_calibration_is_served_as_it_was(predictor, movies):
    without = {
        part: one.model_copy(update={"calibration": None})
        for part, one in predictor.bundle.record.without.items()
    }
    record = predictor.bundle.record.model_copy(update={"calibration": None, "without": without})
    plain = Predictor(replace(predictor.bundle, record=record), torch.device("cpu"))
    assert plain.thresholds.tolist() == list(record.thresholds)
    raw = predictor.score(predictor.features(movies))
    assert np.array_equal(plain.probabilities(movies), raw.astype(np.float64))
    genres = [[set(one.genres) for one in each.predict(movies)] for each in (plain, predictor)]
    assert genres[0] == genres[1]


def test_what_a_movie_lacks_is_said(predictor, movies):
    whole = movies[0]
    lacking = [
        whole,
        replace(whole, plot=None),
        replace(whole, poster=None),
        Movie("nothing"),
        replace(whole, poster=BytesPoster(b"no image")),
        replace(whole, plot="\x00"),
    ]
    predictions = predictor.predict(lacking)
    assert [one.lacking for one in predictions] == [
        (),
        ("plot",),
        ("poster",),
        ("plot", "poster"),
        ("poster",),
        ("plot",),
    ]
    assert predictions[1].probabilities != predictions[0].probabilities
    assert predictions[4].probabilities == pytest.approx(predictions[2].probabilities, abs=1e-5)
    assert predictions[5].probabilities == pytest.approx(predictions[1].probabilities, abs=1e-5)


def test_no_movies(predictor):
    assert predictor.predict([]) == []
    assert predictor.probabilities([]).shape == (0, 3)


def test_a_genre_that_the_model_does_not_know(predictor, movies):
    strange = [replace(movie, genres=("Telenovela",)) for movie in movies]
    assert np.array_equal(predictor.probabilities(strange), predictor.probabilities(movies))
    assert predictor.predict(strange) == predictor.predict(movies)


def test_no_run(tmp_path):
    with pytest.raises(RunError, match="not a finished run"):
        Predictor.load(tmp_path)


def test_a_run_by_its_path_as_text(tiny_run, movies):
    assert Predictor.load(str(tiny_run)).predict(movies[:1])[0].id == movies[0].id


@pytest.mark.parametrize("given", [Movie("1", "a plot"), ["a plot"]])
def test_what_is_no_list_of_movies_is_told(predictor, given):
    with pytest.raises(TypeError, match="allowed: a list of movies"):
        predictor.predict(given)


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ({"plot": float("nan")}, "text, or None"),
        ({"poster": "x.jpeg"}, r"FilePoster\(path\)"),
        ({"director": "Ada Sample"}, r"names, \('Ada Sample',\)"),
        ({"cast": "Bea Nobody"}, r"names, \('Bea Nobody',\)"),
    ],
)
def test_a_movie_says_what_it_cannot_be_made_of(part, allowed):
    with pytest.raises(
        TypeError, match=f"movie '1': its (plot|poster|director|cast) is .*; allowed: {allowed}"
    ):
        Movie("1", **part)
