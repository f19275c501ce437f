"""A run of all training films that decides by what other runs say of the films that they have not seen."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.torch import load_file

from cinefuse import cross_fitting as cross_fitting_module
from cinefuse.cross_fitting import cross_fit
from cinefuse.decisions import learn_decisions
from cinefuse.ensembles.members import digest_of
from cinefuse.errors import RunError
from cinefuse.evaluation import evaluate
from cinefuse.experiment import run
from cinefuse.folds import Fold, split_off
from cinefuse.inference import Predictor, score_conditions
from cinefuse.metrics.equating import LinearEquating
from cinefuse.training.settings import DecisionSettings

SETTINGS = DecisionSettings(threshold="per-genre")
RECIPES = ("knowledge-graph", "tfidf-bayes-text", "mm-gatbt")  # two of which no weights could be averaged


def train(recipe, tiny_settings, corpus, folder, *given):
    settings = tiny_settings(recipe, *given)
    run(recipe, settings, corpus, folder)
    return folder


@pytest.fixture(scope="module", params=RECIPES)
def trained(request, people_corpus, tiny_settings, tmp_path_factory):
    """The run of all films, and the two of a half each."""
    folder, recipe = tmp_path_factory.mktemp(request.param), request.param
    whole = train(recipe, tiny_settings, people_corpus, folder / "whole")
    parts = [
        train(recipe, tiny_settings, people_corpus, folder / str(number), f"fold={number}/2")
        for number in (1, 2)
    ]
    return whole, parts


@pytest.fixture(scope="module")
def made(trained, people_corpus, tmp_path_factory):
    whole, parts = trained
    folder = tmp_path_factory.mktemp("made") / "run"
    return folder, cross_fit(whole, parts, people_corpus, folder)


def test_it_decides_by_unseen_films_on_its_own_scale(made, trained, people_corpus):
    whole, parts = trained
    own = Predictor.load(whole)
    conditions = [(), ("text",), ("vision",)][: 3 if len(own.reads) == 2 else 1]
    dev = people_corpus.split("dev")
    whole_on_dev = score_conditions(own.bundle.model, own.features(dev), conditions)
    alike = [
        np.array([kind in {(), (part,)} for kind in own.features(dev).all_lacking()])
        for part in ("nothing", "plot", "poster")
    ]
    equated, lacking, targets = [[] for _ in conditions], [], []
    for fold, folder in enumerate(parts, 1):
        part = Predictor.load(folder)
        _, films = split_off(people_corpus.split("train"), people_corpus.genres, Fold(fold, 2))
        table = part.features(films)
        said = score_conditions(part.bundle.model, table, conditions)
        on_dev = score_conditions(part.bundle.model, part.features(dev), conditions)
        for number, rows in enumerate(alike[: len(conditions)]):
            scale = LinearEquating().fit(on_dev[number][rows], whole_on_dev[number][rows])
            equated[number].append(scale.transform(said[number]))
        lacking += table.all_lacking()
        targets += table.genres.tolist()
    equated = [np.concatenate(one) for one in equated]
    hidden = dict(zip(("plot", "poster"), equated[1:], strict=False))
    expected = learn_decisions(SETTINGS, equated[0], hidden, np.array(targets, dtype=bool), lacking)
    record = Predictor.load(made[0]).bundle.record
    assert record.learned_from == "unseen"
    assert record.thresholds == pytest.approx(expected.thresholds.thresholds_)
    np.testing.assert_allclose(record.calibration.slopes, expected.calibration.slopes, rtol=1e-3)
    np.testing.assert_allclose(record.calibration.intercepts, expected.calibration.intercepts, rtol=1e-2)
    assert record.without.keys() == hidden.keys()
    for part, one in record.without.items():
        np.testing.assert_allclose(one.shifts, expected.without[part].shifts, atol=1e-5)


def test_it_is_the_run_of_all_films_with_other_thresholds(made, trained, people_corpus):
    (folder, told), (whole, parts) = made, trained
    own, former = load_file(folder / "model.safetensors"), load_file(whole / "model.safetensors")
    assert own.keys() == former.keys()
    assert all(own[name].equal(former[name]) for name in own)
    record, before = Predictor.load(folder).bundle.record, Predictor.load(whole).bundle.record
    assert record == told.record
    assert record.model == f"{before.model}-cross-fitted"
    assert record.cross_fitted == tuple(map(digest_of, (whole, *parts)))
    assert record.trained_on == before.trained_on
    assert record.seconds > before.seconds
    assert (folder / "history.json").read_bytes() == (whole / "history.json").read_bytes()
    results = [evaluate(Predictor.load(one), people_corpus, "dev").result.metrics for one in (whole, folder)]
    for one, found in zip(told.on_dev, results, strict=True):
        assert one.f1_macro == pytest.approx(found["f1_macro"])


def test_dev_has_no_say_by_its_genres(made, trained, people_corpus, tmp_path, monkeypatch):
    whole, parts = trained
    changed = [replace(movie, genres=people_corpus.genres[:1]) for movie in people_corpus.split("dev")]
    corpus = replace(people_corpus, splits={**people_corpus.splits, "dev": changed})
    with pytest.raises(RunError, match="was trained on other films"):
        cross_fit(whole, parts, corpus, tmp_path / "run")
    monkeypatch.setattr(cross_fitting_module, "check_runs", lambda runs, _: list(map(digest_of, runs)))
    record = cross_fit(whole, parts, corpus, tmp_path / "run").record
    assert record.thresholds == made[1].record.thresholds
    assert record.calibration == made[1].record.calibration
    assert record.without == made[1].record.without


def test_a_run_without_a_history_and_with_files_of_its_own(people_corpus, tiny_settings, tmp_path):
    whole = train("cnn-vision", tiny_settings, people_corpus, tmp_path / "whole", "max_epochs=1")
    parts = [
        train("cnn-vision", tiny_settings, people_corpus, tmp_path / str(n), "max_epochs=1", f"fold={n}/2")
        for n in (1, 2)
    ]
    (whole / "history.json").unlink()  # as members of an ensemble are
    (whole / "notes.txt").write_text("mine")
    made = cross_fit(whole, parts, people_corpus, tmp_path / "made", name="mine")
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        "bundle.json",
        "model.safetensors",
        "run.json",
    }
    assert made.films == len(people_corpus.split("train"))
    assert made.verdict.startswith(f"mine: thresholds of {made.films} training films; macro F1 on dev ")
    assert evaluate(Predictor.load(tmp_path / "made"), people_corpus, "test").result.model == "mine"


def test_what_is_no_whole_and_its_parts_is_refused(people_corpus, tiny_settings, tmp_path):
    def trained(name, *given):
        return train("cnn-vision", tiny_settings, people_corpus, tmp_path / name, "max_epochs=1", *given)

    whole, first = trained("whole"), trained("first", "fold=1/2")
    second, other = trained("second", "fold=2/2"), trained("other", "fold=2/2", "dropout=0.4")
    for given, said in (
        (
            (first, [second, whole]),
            r"first: left out part 1/2 of the training films; allowed is a run that has seen",
        ),
        (
            (whole, [first, other]),
            r"other: trained otherwise than .*whole \(dropout\); allowed are runs of the same",
        ),
        (
            (whole, [first]),
            r"parts: runs that left out 1/2; missing: 2/2; allowed is one for each of as many",
        ),
        ((whole, [whole, first]), "the same run as"),
    ):
        with pytest.raises(RunError, match=said):
            cross_fit(*given, people_corpus, tmp_path / "made")
        assert not (tmp_path / "made").exists()
    # how probabilities become genres may be another: it is learned anew
    third = trained("third", "fold=2/2", "threshold=fixed")
    assert (
        cross_fit(whole, [first, third], people_corpus, tmp_path / "made").record.threshold.rule
        == "per-genre"
    )
    with pytest.raises(RunError, match="made: cross-fitted already; allowed is the run that it was made of"):
        cross_fit(tmp_path / "made", [first, second], people_corpus, tmp_path / "again")
    model = train("gmu", tiny_settings, people_corpus, tmp_path / "model", "max_epochs=1", "fold=2/2")
    with pytest.raises(RunError, match=r"model: trained otherwise .*\(it is gmu, and not cnn-vision\)"):
        cross_fit(whole, [first, model], people_corpus, tmp_path / "again")
