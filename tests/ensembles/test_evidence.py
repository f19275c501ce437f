"""What an ensemble learns from: dev, or training films that each run was trained without."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from cinefuse import experiment
from cinefuse.combination import ensemble
from cinefuse.ensembles import evidence as evidence_module
from cinefuse.ensembles.evidence import find_voices, hear
from cinefuse.ensembles.members import Members
from cinefuse.ensembles.opening import open_trained
from cinefuse.ensembles.predictor import EnsemblePredictor
from cinefuse.folds import Fold, split_off
from cinefuse.inference import Predictor
from cinefuse.metrics.blending import blend
from cinefuse.metrics.calibration import CALIBRATORS
from cinefuse.metrics.equating import LinearEquating
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.thresholds import PerGenreThreshold
from cinefuse.results import read_predictions


def of(model, fold, **settings):
    return {"model": model, "fold": fold, **settings}


WHOLE = [of(model, f"{number}/2") for model in ("gmu", "concat") for number in (2, 1)]


def test_runs_of_all_parts_speak_with_one_voice_a_model():
    assert find_voices(WHOLE) == ((1, 0), (3, 2))
    seeded = [of("gmu", f"{number}/2", seed=seed) for number in (1, 2) for seed in (42, 43)]
    assert find_voices(seeded) == ((0, 2), (1, 3))


@pytest.mark.parametrize(
    "runs",
    [
        [*WHOLE, of("bert", None)],  # one that has seen all
        WHOLE[:3],  # one that lacks a part
        [*WHOLE, WHOLE[0]],  # a part twice
        [*WHOLE, *(of("bert", f"{number}/3") for number in (1, 2, 3))],  # other parts
        [WHOLE[0], of("gmu", "1/2", batch_size=8)],  # trained otherwise
        [{"model": "gmu"}, {"model": "concat"}],  # by a version that left out none
    ],
)
def test_else_it_is_dev_that_is_learned_from(runs):
    assert find_voices(runs) is None


def runs_of(members):
    return [one.bundle.record.recipe | {"model": one.name} for one in members.predictors]


@pytest.fixture(scope="module")
def folded(people_corpus, tiny_settings, tmp_path_factory):
    """Two kinds in three parts; one reads posters alone, one who made the film."""
    folder = tmp_path_factory.mktemp("folded")
    for recipe in ("cnn-vision", "knowledge-graph"):
        for number in (1, 2, 3):
            settings = tiny_settings(recipe, "max_epochs=3", "report_to=none", f"fold={number}/3")
            experiment.run(recipe, settings, people_corpus, folder / f"{recipe}@{number}")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def made(folded, people_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "ensemble"
    return folder, ensemble(folded, people_corpus, folder)


def test_each_film_is_told_by_the_run_that_has_not_seen_it(folded, people_corpus):
    members = Members([Predictor.load(one) for one in folded])
    heard = hear(members, runs_of(members), people_corpus)
    assert heard.unseen
    assert heard.voices == ((0, 1, 2), (3, 4, 5))
    train = people_corpus.split("train")
    parts = [split_off(train, people_corpus.genres, Fold(number, 3))[1] for number in (1, 2, 3)]
    assert heard.films.targets.sum(axis=1).tolist() == [len(one.genres) for part in parts for one in part]
    for voice, runs in enumerate(heard.voices):
        own = [members.predictors[one].probabilities(part) for one, part in zip(runs, parts, strict=True)]
        np.testing.assert_allclose(heard.films.told[0].probabilities[voice], np.concatenate(own), atol=1e-5)
    posterless = [one.poster is None for part in parts for one in part]
    assert [kind == ("poster",) for kind in heard.films.lacking[0]] == posterless


def equated(heard, weights, how):
    """What the films are told by one member of each voice, on the scale of all six; by hand."""
    found = []
    lacking = heard.dev.all_lacking(np.flatnonzero(np.repeat(weights, 3)))
    for on_dev, said, lacks in zip(
        heard.dev.told, heard.films.blended(weights, how), ("nothing", "plot", "poster"), strict=True
    ):
        alike = np.array([kind in {(), (lacks,)} for kind in lacking])
        together = blend(on_dev.probabilities, np.repeat(weights / 3, 3), how, on_dev.reading)[alike]
        for part in range(3):
            own = blend(
                on_dev.probabilities[[part, part + 3]], weights, how, on_dev.reading[[part, part + 3]]
            )
            rows = heard.films.told_by == part
            said[rows] = LinearEquating().fit(own[alike], together).transform(said[rows])
        found.append(said)
    return found


def test_thresholds_are_of_unseen_films(made, folded, people_corpus):
    folder, record = made
    assert record.learned_from == "unseen"
    assert [one.fold for one in record.members] == ["1/3", "2/3", "3/3"] * 2
    assert [one.weight for one in record.members][:3] == [record.members[0].weight] * 3
    assert record.trained_on["movies"] == len(people_corpus.split("train"))
    members = Members([Predictor.load(one) for one in folded])
    weights = np.array([voice[0].weight * 3 for voice in record.voices])
    # whatever genres dev's films have
    other = [replace(movie, genres=people_corpus.genres[:1]) for movie in people_corpus.split("dev")]
    without_dev = replace(people_corpus, splits={**people_corpus.splits, "dev": other})
    heard = hear(members, runs_of(members), without_dev)
    films = heard.films
    told, *hidden = equated(heard, weights, record.blend)
    for said, own in zip(heard.blended(weights, record.blend), [told, *hidden], strict=True):
        np.testing.assert_allclose(said, own, atol=1e-6)
    as_it_is = films.blended(weights, record.blend)[0]
    assert all(np.abs(told - as_it_is)[films.told_by == part].max() > 1e-3 for part in range(3))
    targets = films.targets
    complete = np.array([not kind for kind in films.all_lacking(np.flatnonzero(weights))])
    rule = PerGenreThreshold().fit(told[complete], targets[complete])
    np.testing.assert_allclose(record.thresholds, rule.thresholds_)
    calibrated = CALIBRATORS["platt"]().fit(told[complete], targets[complete])
    np.testing.assert_allclose(record.calibration.slopes, calibrated.slopes_, rtol=1e-4)
    np.testing.assert_allclose(record.calibration.intercepts, calibrated.intercepts_, rtol=1e-3)
    assert record.equated
    assert len(open_trained(folder).predict(people_corpus.split("test"))) == 15


def test_a_run_knows_nothing_of_its_part(folded, people_corpus):
    for number in (1, 2, 3):
        _, left_out = split_off(people_corpus.split("train"), people_corpus.genres, Fold(number, 3))
        (run,) = [one for one in folded if one.name == f"knowledge-graph@{number}"]
        known = Predictor.load(run).bundle.people.films
        assert not {movie.id for movie in left_out} & set(known)
        assert len(known) > 0


@pytest.mark.parametrize("weightless", [False, True])
def test_a_film_of_train_is_told_by_the_runs_that_have_not_seen_it(weightless, made, people_corpus, tmp_path):
    folder, record = made
    if weightless:  # posters alone have no say: those that come first in the record are not there
        folder = shutil.copytree(folder, tmp_path / "weightless")
        silent = {"weight": 0.0, "folder": None}
        listed = [
            one.model_copy(update=silent if one.voice == 0 else {"weight": 1 / 3}) for one in record.members
        ]
        record = record.model_copy(update={"members": tuple(listed)})
        (folder / "ensemble.json").write_text(record.model_dump_json())
    opened = open_trained(folder)
    train, genres = people_corpus.split("train"), people_corpus.genres
    movies = [*[movie for movie in train if movie.poster is not None][:7], replace(train[0], id="stranger")]
    if not weightless:
        movies[3] = next(movie for movie in train if movie.poster is None)
    taught = np.array([list(one.probabilities.values()) for one in opened.predict_unseen(movies, train)])
    for number in (1, 2, 3):
        kept = [one for one in record.members if one.weight and one.fold == f"{number}/3"]
        runs = [Predictor.load(folder / "members" / one.folder) for one in kept]
        _, unseen = split_off(train, genres, Fold(number, 3))
        rows = [row for row, movie in enumerate(movies) if movie in unseen]
        asked = [movies[row] for row in rows]
        told = np.stack([run.probabilities(asked) for run in runs])
        reading = np.array(
            [[film.poster is not None or "plot" in run.reads for film in asked] for run in runs]
        )
        blended = blend(told, [one.weight for one in kept], record.blend, reading)
        np.testing.assert_allclose(taught[rows], blended, 1e-4)  # by their own calibration, not that of all
    of_all = opened.probabilities(movies)
    np.testing.assert_allclose(taught[7], of_all[7], 1e-4)  # a film that none has learned from
    assert np.abs(taught[:7] - of_all[:7]).max() > 1e-3


@pytest.mark.parametrize("films", ["the same", "others"])
def test_a_student_is_taught_so_where_its_films_are_the_teachers(
    films, made, people_corpus, tiny_settings, tmp_path, monkeypatch
):
    folder, _ = made
    asked, said = [], []
    unseen = EnsemblePredictor.predict_unseen

    def told(self, movies, train):
        asked.append(list(movies))
        return unseen(self, movies, train)

    monkeypatch.setattr(EnsemblePredictor, "predict_unseen", told)
    monkeypatch.setattr(experiment, "say", said.append)
    train = people_corpus.split("train")
    other = replace(people_corpus, splits={**people_corpus.splits, "train": train[1:]})
    corpus = people_corpus if films == "the same" else other
    settings = tiny_settings("cnn-vision", f"teacher={folder}", "max_epochs=1", "report_to=none")
    experiment.run("cnn-vision", settings, corpus, tmp_path / "student")
    assert asked == ([list(train)] if films == "the same" else [])
    assert any("learned from other films" in line for line in said) == (films == "others")


def test_held_out_is_dev_as_all_runs_tell_it(made, people_corpus):
    folder, record = made
    dev = read_predictions(folder / "dev.npz")
    opened = open_trained(folder)
    table = opened.split_features(people_corpus.split("dev"))
    np.testing.assert_allclose(dev.probabilities, opened.score(table), atol=1e-6)
    complete = np.array([not kind for kind in table.all_lacking()])
    found = score(dev.probabilities[complete], dev.targets[complete], np.array(record.thresholds)).metrics
    assert record.worth.held_out.f1_macro == pytest.approx(found["f1_macro"])
    assert record.worth.held_out.average_precision_macro == pytest.approx(found["average_precision_macro"])
    assert record.worth.in_sample != record.worth.held_out


def test_where_a_part_is_missing_it_is_said(folded, people_corpus, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(evidence_module, "say", said.append)
    record = ensemble(folded[:5], people_corpus, tmp_path / "ensemble")
    assert record.learned_from == "dev"
    assert [len(voice) for voice in record.voices] == [1] * 5
    assert "weights and thresholds learn from dev: for training films to have a say" in said[-1]


def test_a_setting_that_came_later_makes_no_other_run(folded, people_corpus, tmp_path):
    older = tmp_path / folded[0].name
    shutil.copytree(folded[0], older)
    record = json.loads((older / "bundle.json").read_text())
    del record["recipe"]["flip"]  # had its default, and no name yet
    (older / "bundle.json").write_text(json.dumps(record))
    made = ensemble([older, *folded[1:]], people_corpus, tmp_path / "ensemble")
    assert made.learned_from == "unseen"
