"""Several models at once: what is left on disk, and that one model's failure is its own."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from cinefuse import comparison as comparison_module
from cinefuse.comparison import compare
from cinefuse.corpus.audit import CorpusDescription, describe_corpus
from cinefuse.errors import CorpusError, EncoderError, RunError, SettingsError, StorageError
from cinefuse.results import (
    read_comparison,
    read_examples,
    read_predictions,
    read_record,
    read_weights,
)
from cinefuse.scored_run import train_and_score

NAMES = ("lstm-text", "cnn-vision", "late-fusion")
ODD = "<b>Grusel</b> & 👻"  # a genre that a page must not take for markup


def titled(movie):
    genres = tuple(ODD if genre == "Horror" else genre for genre in movie.genres)
    return replace(movie, title=f"The {movie.id}", year=1950 + len(movie.plot or ""), genres=genres)


@pytest.fixture(scope="module")
def corpus(tiny_corpus):
    splits = {name: [titled(movie) for movie in movies] for name, movies in tiny_corpus.splits.items()}
    return replace(tiny_corpus, splits=splits, genres=("Drama", "Comedy", ODD))


@pytest.fixture(scope="module")
def settings(tiny_settings):
    return {name: tiny_settings(name, "max_epochs=1", "report_to=none") for name in NAMES}


@pytest.fixture(scope="module")
def compared(corpus, settings, tmp_path_factory):
    directory = tmp_path_factory.mktemp("compared") / "runs"
    return directory, compare(settings, corpus, directory)


def failing(error, *names):
    """`train_and_score`, but for some models."""

    def pretend(name, settings, *arguments, **options):
        if name in names:
            raise error
        return train_and_score(name, settings, *arguments, **options)

    return pretend


def test_what_is_left_on_disk(compared, corpus):
    directory, comparison = compared
    assert read_comparison(directory / "comparison.json") == comparison
    assert comparison.failed == []
    assert [result.model for result in comparison.models] == list(NAMES)
    assert read_record(CorpusDescription, directory / "corpus.json", "") == describe_corpus(corpus)
    files = {"comparison.json", "corpus.json", "examples.json"}
    assert {path.name for path in directory.iterdir()} == {*NAMES, *files}
    for name in NAMES:
        assert read_predictions(directory / name / "dev.npz").ids[0] == "dev0"
        assert read_weights(directory / name / "weights.json").split == "test"


def test_the_examples(compared, corpus):
    directory, _ = compared
    examples = read_examples(directory / "examples.json")
    assert examples.split == "test"
    assert examples.model in NAMES
    assert sorted(examples.compared) == sorted(NAMES)  # one of each kind
    ids = [film.id for film in examples.films]
    assert len(set(ids)) == len(ids) > 4
    assert {film.why for film in examples.films} >= {"worst told", "most disputed"}
    by_id = {movie.id: movie for movie in corpus.split("test")}
    best = read_predictions(directory / examples.model / "predictions.npz")
    for film in examples.films:
        movie = by_id[film.id]
        assert (film.title, film.year, film.plot) == (movie.title, movie.year, movie.plot)
        assert film.genres == list(movie.genres)
        assert (film.poster is None) == (movie.poster is None)
        assert film.poster is None or base64.b64decode(film.poster)[:2] == b"\xff\xd8"
        row = best.ids.tolist().index(film.id)
        right = np.array_equal(best.probabilities[row] >= best.thresholds, best.targets[row])
        assert right or film.why != "best told"
        assert not right or film.why != "worst told"
    assert ODD in {genre for film in examples.films for genre in film.genres}


def test_scored_again_it_is_the_same_byte_for_byte(compared, corpus, settings):
    directory, comparison = compared
    names = [f"{name}/{file}" for name in NAMES for file in ("predictions.npz", "dev.npz", "weights.json")]
    names += ["corpus.json", "examples.json"]
    before = [(directory / name).read_bytes() for name in names]
    again = compare(settings, corpus, directory, resume=True)
    assert [(directory / name).read_bytes() for name in names] == before
    assert [one.metrics for one in again.models] == [one.metrics for one in comparison.models]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("CUDA out of memory.\nTried to allocate 2 GiB"), "RuntimeError: CUDA out of memory."),
        (ValueError("3 of 45 values are not finite"), "ValueError: 3 of 45 values are not finite"),
        (MemoryError(), "MemoryError"),
        (EncoderError("text encoder 'x' cannot be loaded"), "text encoder 'x' cannot be loaded"),
        (RunError("x: the run is damaged"), "x: the run is damaged"),
    ],
)
def test_a_model_that_fails_does_not_lose_the_others(error, said, corpus, settings, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(comparison_module, "train_and_score", failing(error, "cnn-vision"))
        two = {name: settings[name] for name in ("cnn-vision", "lstm-text")}
        comparison = compare(two, corpus, tmp_path)
    assert [result.model for result in comparison.models] == ["lstm-text"]
    (failure,) = comparison.failed
    assert (failure.model, failure.seed, failure.error) == ("cnn-vision", 42, said)
    assert read_comparison(tmp_path / "comparison.json") == comparison
    assert read_examples(tmp_path / "examples.json").compared == ["lstm-text"]
    # and is tried again
    mended = compare(two, corpus, tmp_path, resume=True)
    assert mended.failed == []
    assert [result.model for result in mended.models] == ["cnn-vision", "lstm-text"]


def test_a_model_that_diverges_in_training_is_named(corpus, settings, tmp_path, monkeypatch):
    def diverged(model, table, conditions, *_, **__):
        return [np.full((len(table), 3), np.nan, dtype=np.float32) for _ in conditions]

    monkeypatch.setattr("cinefuse.decisions.score_conditions", diverged)
    told = (
        r"every model failed; mend it, then use --resume:\n  - cnn-vision \(seed 42\): ValueError: .*diverge"
    )
    with pytest.raises(RunError, match=told):
        compare({"cnn-vision": settings["cnn-vision"]}, corpus, tmp_path / "runs")
    assert not (tmp_path / "runs" / "comparison.json").exists()


@pytest.mark.parametrize("kind", [StorageError, SettingsError, CorpusError, KeyboardInterrupt])
def test_what_concerns_all_stops_all(kind, corpus, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison_module, "train_and_score", failing(kind("no more"), "cnn-vision"))
    with pytest.raises(kind, match="no more"):
        compare({name: settings[name] for name in ("cnn-vision", "lstm-text")}, corpus, tmp_path / "runs")
    assert not (tmp_path / "runs" / "lstm-text").exists()


def test_settings_that_do_not_fit_are_told_before_training(corpus, settings, tiny_settings, tmp_path):
    wrong = tiny_settings("attention-fusion", "attention_heads=7")
    with pytest.raises(SettingsError, match="attention_heads=7 does not divide the width"):
        compare({**settings, "attention-fusion": wrong}, corpus, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_split_without_films(corpus, settings, tmp_path):
    empty = replace(corpus, splits={**corpus.splits, "test": []})
    with pytest.raises(CorpusError, match="split test: no films; allowed is one or more"):
        compare(settings, empty, tmp_path / "runs")


@pytest.mark.parametrize("missing", ["train", "dev", "test"])
def test_a_corpus_without_a_split_is_refused_before_anything_is_written(missing, corpus, settings, tmp_path):
    splits = {name: movies for name, movies in corpus.splits.items() if name != missing}
    with pytest.raises(CorpusError, match=f"no split '{missing}'"):
        compare(settings, replace(corpus, splits=splits), tmp_path / "runs")
    with pytest.raises(CorpusError, match=f"split {missing}: no films"):
        compare(settings, replace(corpus, splits={**splits, missing: []}), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_few_films(number, corpus, settings, tmp_path):
    few = replace(corpus, splits={**corpus.splits, "test": corpus.split("test")[-number:]})
    comparison = compare({"lstm-text": settings["lstm-text"]}, few, tmp_path)
    assert comparison.corpus.movies == number
    # one film at a time lacks its plot, and then there is no word to attend to
    words = read_weights(tmp_path / "lstm-text" / "weights.json").weights
    assert [one.films for one in words.values()] == [number - 1] * (number > 1)
    assert len(read_examples(tmp_path / "examples.json").films) == number


def test_seeds_are_scored_apart_and_told_by_the_first(corpus, settings, tmp_path, monkeypatch):
    def second_only(name, seeded, *arguments, **options):
        if seeded.seed == 42:
            raise RuntimeError("unlucky")
        return train_and_score(name, seeded, *arguments, **options)

    monkeypatch.setattr(comparison_module, "train_and_score", second_only)
    comparison = compare({"cnn-vision": settings["cnn-vision"]}, corpus, tmp_path, seeds=2)
    assert [(one.model, one.seed) for one in comparison.failed] == [("cnn-vision", 42)]
    assert [result.seed for result in comparison.models] == [43]
    assert read_examples(tmp_path / "examples.json").model == "cnn-vision@43"
