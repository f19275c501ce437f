"""Classical systems from films to probabilities, beside scikit-learn's own pipeline."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

from cinefuse.errors import SettingsError
from cinefuse.evaluation import evaluate
from cinefuse.experiment import run
from cinefuse.explanation import explain
from cinefuse.inference import Predictor
from cinefuse.recipes import compose, find_recipe
from cinefuse.recipes.classical import CLASSICAL_RECIPES
from cinefuse.reports.page import write_report

NAMES = [recipe.name for recipe in CLASSICAL_RECIPES]


@pytest.fixture(scope="module")
def runs(tiny_corpus, tmp_path_factory):
    """A finished run of each, made when it is asked for."""
    folder = tmp_path_factory.mktemp("classical")

    def get(name):
        if not (folder / name).exists():
            run(name, compose(find_recipe(name)), tiny_corpus, folder / name)
        return folder / name

    return get


def scored(directory, corpus, split="test"):
    predictor = Predictor.load(directory, torch.device("cpu"))
    return predictor, predictor.score(predictor.features(corpus.split(split)))


@pytest.mark.parametrize(
    ("name", "classifier", "longest"),
    [
        (
            "tfidf-logistic-text",
            LogisticRegression(C=3.0, class_weight="balanced", tol=1e-5, max_iter=10_000),
            2,
        ),
        ("tfidf-bayes-text", ComplementNB(alpha=0.03), 1),
    ],
)
def test_it_is_scikit_learns_pipeline_from_the_text(name, classifier, longest, runs, tiny_corpus):
    train = [movie for movie in tiny_corpus.split("train") if movie.plot is not None]
    targets = [[genre in movie.genres for genre in tiny_corpus.genres] for movie in train]
    vectors = TfidfVectorizer(ngram_range=(1, longest), min_df=2, sublinear_tf=True)
    theirs = make_pipeline(vectors, OneVsRestClassifier(classifier))
    theirs.fit([movie.plot for movie in train], np.array(targets))
    test = [movie.plot or "" for movie in tiny_corpus.split("test")]
    _, ours = scored(runs(name), tiny_corpus)
    # both solvers stop near the minimum, not at it
    np.testing.assert_allclose(ours, theirs.predict_proba(test), atol=1e-6 if longest == 1 else 2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_matrix_says_what_the_classifier_said(name, runs, tiny_corpus):
    """The float32 model against its own weights in double precision, part by part."""
    directory = runs(name)
    predictor, ours = scored(directory, tiny_corpus)
    weights = {
        key: value.astype(np.float64) for key, value in load_file(directory / "model.safetensors").items()
    }
    (batch,) = predictor.features(tiny_corpus.split("test")).batches()
    model, parts = predictor.bundle.model, {}
    for modality, encoder in model.encoders.items():
        place = f"fusion.{modality}.1" if name == "classical-fusion" else "head.layers.1"
        with torch.no_grad():
            features = encoder(batch).pooled.double().numpy()
        logits = features @ weights[f"{place}.weight"].T + weights[f"{place}.bias"]
        parts[modality] = 1 / (1 + np.exp(-logits))
    expected = next(iter(parts.values()))
    if len(parts) == 2:
        share = 1 / (1 + np.exp(-weights["fusion.alpha_logit"]))
        expected = share * parts["text"] + (1 - share) * parts["vision"]
        expected[-1], expected[-2] = parts["vision"][-1], parts["text"][-2]  # no plot, no poster
        ours, expected = ours[:-2], expected[:-2]  # those are moved by the decisions
    np.testing.assert_allclose(ours, expected, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_train_evaluate_predict(name, runs, tiny_corpus):
    directory = runs(name)
    files = {path.suffix for path in directory.rglob("*") if path.is_file()}
    assert files == {".json", ".safetensors"}
    assert json.loads((directory / "history.json").read_text()) == []
    predictor = Predictor.load(directory)
    result = evaluate(predictor, tiny_corpus, "test").result
    assert result.metrics["f1_macro"] > 0.5
    movie = tiny_corpus.split("test")[0]
    (told,) = predictor.predict([movie])
    assert told.genres
    again = run(name, compose(find_recipe(name)), tiny_corpus, directory, resume=True)
    assert again == predictor.bundle.record


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_model_and_dev_and_test_have_no_say(name, runs, tiny_corpus, tmp_path):
    fewer = replace(tiny_corpus, splits=tiny_corpus.splits | {"test": tiny_corpus.split("test")[:3]})
    if name != "classical-fusion":  # whose share is chosen on dev
        fewer = replace(fewer, splits=fewer.splits | {"dev": fewer.split("dev")[:9]})
    run(name, compose(find_recipe(name)), fewer, tmp_path / "run")
    one, other = (load_file(folder / "model.safetensors") for folder in (runs(name), tmp_path / "run"))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[key], other[key]) for key in one)


def test_a_film_that_lacks_a_part_is_told_from_the_other(runs, tiny_corpus):
    predictor = Predictor.load(runs("classical-fusion"))
    movie = tiny_corpus.split("test")[1]
    for part in ("plot", "poster"):
        (told,) = predictor.predict([replace(movie, **{part: None})])
        assert told.lacking == (part,)
        assert told.genres


@pytest.mark.parametrize("name", NAMES)
def test_it_is_explained(name, runs, tiny_corpus):
    movie = tiny_corpus.split("test")[0]
    found = explain(Predictor.load(runs(name)), movie, "Horror")
    if "histogram" not in name:
        assert len(found.words) == len(movie.plot.replace(" a ", " ").split()) - movie.plot.startswith(
            "a "
        ) - (movie.plot.endswith(" a"))
        assert abs(found.plot.missed) <= 0.05 * abs(found.plot.moved) + 0.02
    assert (found.poster is not None) == (name in {"histogram-vision", "classical-fusion"})


def test_what_cannot_be_fitted_is_refused():
    cases = {
        "lstm-text learner=logistic head_width=none": "text=bilstm with learner=logistic",
        "histogram-vision learner=bayes": "vision=histogram with learner=bayes: it counts terms",
        "classical-fusion fusion=early": "fusion=early with learner=logistic: allowed are single and late",
        "tfidf-logistic-text max_epochs=3": "max_epochs would change nothing: it belongs to learner=gradient",
        "tfidf-bayes-text penalty_c=3": "penalty_c would change nothing: it belongs to learner=log",
    }
    for given, message in cases.items():
        name, *assignments = given.split()
        with pytest.raises(SettingsError, match=message):
            compose(find_recipe(name), assignments)


def test_terms_are_an_input_like_any_other(tiny_corpus, tmp_path):
    settings = compose(
        find_recipe("tfidf-logistic-text"), ["learner=gradient", "max_epochs=2", "batch_size=8"]
    )
    record = run("tfidf-logistic-text", settings, tiny_corpus, tmp_path / "run")
    assert record.parameters.total > 0
    assert len(json.loads((tmp_path / "run" / "history.json").read_text())) == 2


def test_they_are_compared_and_reported(tiny_corpus, tmp_path):
    from cinefuse.comparison import compare

    names = ("tfidf-svm-text", "histogram-vision", "classical-fusion")
    found = compare({name: compose(find_recipe(name)) for name in names}, tiny_corpus, tmp_path / "runs")
    assert [result.model for result in found.models] == list(names)
    assert not found.failed
    page = write_report(tmp_path / "runs").read_text()
    assert "svm, penalty c 0.3" in page
    assert "plateau" not in page  # no schedule of epochs that there were none of
