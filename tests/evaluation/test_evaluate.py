"""Evaluation: scikit-learn's numbers, and what was left out is told."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn import metrics

from cinefuse.bundle import load_bundle
from cinefuse.errors import CorpusError, RunError
from cinefuse.evaluation import evaluate, score_split
from cinefuse.inference import Predictor
from cinefuse.results import METRICS, Result


@pytest.fixture
def predictor(tiny_run):
    return Predictor(load_bundle(tiny_run), torch.device("cpu"))


@pytest.fixture
def with_test(tiny_corpus):
    """The tiny corpus with another test split."""

    def make(movies):
        return replace(tiny_corpus, splits={**tiny_corpus.splits, "test": movies})

    return make


def judge(probabilities, targets, thresholds):
    given = probabilities.astype(float) >= thresholds
    averages = {"zero_division": 0}
    return {
        "f1_macro": metrics.f1_score(targets, given, average="macro", **averages),
        "f1_micro": metrics.f1_score(targets, given, average="micro", **averages),
        "f1_weighted": metrics.f1_score(targets, given, average="weighted", **averages),
        "f1_samples": metrics.f1_score(targets, given, average="samples", **averages),
        "precision_macro": metrics.precision_score(targets, given, average="macro", **averages),
        "recall_macro": metrics.recall_score(targets, given, average="macro", **averages),
        "roc_auc_macro": metrics.roc_auc_score(targets, probabilities, average="macro"),
        "average_precision_macro": metrics.average_precision_score(targets, probabilities, average="macro"),
        "hamming_loss": metrics.hamming_loss(targets, given),
        "subset_accuracy": metrics.accuracy_score(targets, given),
    }


@pytest.mark.parametrize("split", ["test", "dev"])
def test_scikit_learn_agrees(predictor, tiny_corpus, split):
    evaluation = evaluate(predictor, tiny_corpus, split)
    movies = tiny_corpus.split(split)
    targets = np.array([[genre in movie.genres for genre in tiny_corpus.genres] for movie in movies])
    assert np.array_equal(evaluation.targets, targets)
    assert np.array_equal(evaluation.probabilities, predictor.score(predictor.features(movies)))
    result = evaluation.result
    assert set(result.metrics) == set(METRICS)
    expected = judge(evaluation.probabilities, targets, np.array(predictor.bundle.record.thresholds))
    assert result.metrics == pytest.approx(expected)
    for column, genre in enumerate(tiny_corpus.genres):
        scores, truth = result.per_genre[genre], targets[:, column]
        threshold = predictor.bundle.record.thresholds[column]
        given = evaluation.probabilities[:, column].astype(float) >= threshold
        assert scores.f1 == pytest.approx(metrics.f1_score(truth, given, zero_division=0))
        assert scores.roc_auc == pytest.approx(
            metrics.roc_auc_score(truth, evaluation.probabilities[:, column])
        )
        assert scores.support == truth.sum()
        assert scores.threshold == threshold


def test_the_result_says_what_it_was_measured_on(predictor, tiny_corpus):
    result = evaluate(predictor, tiny_corpus).result
    assert (result.model, result.seed) == ("late-fusion", 42)
    assert (result.corpus.name, result.corpus.split, result.corpus.movies) == ("tiny", "test", 15)
    assert (result.corpus.plot_rule, result.corpus.split_rule) == ("longest", "own")
    assert result.corpus.genres == list(tiny_corpus.genres)
    assert result.undefined == []
    assert result.seconds.evaluate > 0
    assert set(result.intervals) == set(METRICS)
    for name, (low, high) in result.intervals.items():
        assert 0 <= low <= high <= 1, name
    assert Result.model_validate_json(result.model_dump_json()) == result


def test_what_is_absent_reaches_the_result(predictor, tiny_corpus):
    # of the 15 movies of each split one has no plot and one no poster; the corpus' own counts stay beside
    assert evaluate(predictor, tiny_corpus).result.corpus.skipped == {
        "poster missing": 3,
        "plot missing": 3,
        "poster missing (in this split)": 1,
        "plot missing (in this split)": 1,
    }


def test_nothing_absent_adds_no_count(predictor, tiny_corpus, with_test):
    whole = [movie for movie in tiny_corpus.split("test") if movie.plot and movie.poster]
    assert evaluate(predictor, with_test(whole)).result.corpus.skipped == {
        "poster missing": 3,
        "plot missing": 3,
    }


def test_a_genre_that_the_run_does_not_know(predictor, tiny_corpus, with_test):
    first, *others = tiny_corpus.split("test")
    strange = replace(first, genres=("Drama", "Telenovela", "Noir"))
    with pytest.raises(
        RunError, match=r"corpus tiny, split test: the run knows no Noir, Telenovela; its genres are Drama"
    ):
        evaluate(predictor, with_test([strange, *others]))


def test_a_genre_without_a_movie_is_undefined_and_named(predictor, tiny_corpus, with_test):
    movies = [movie for movie in tiny_corpus.split("test") if "Horror" not in movie.genres]
    evaluation = evaluate(predictor, with_test(movies))
    result = evaluation.result
    assert result.undefined == ["Horror"]
    horror = result.per_genre["Horror"]
    assert (horror.f1, horror.recall, horror.roc_auc, horror.average_precision) == (None, None, None, None)
    assert horror.support == 0
    rest = judge(evaluation.probabilities[:, :2], evaluation.targets[:, :2], evaluation.thresholds[:2])
    for name in ("f1_macro", "recall_macro", "average_precision_macro"):
        assert result.metrics[name] == pytest.approx(rest[name]), name
    assert Result.model_validate_json(result.model_dump_json()) == result


def test_a_split_that_is_not_there(predictor, tiny_corpus):
    with pytest.raises(CorpusError, match="no split 'unpaired'; it has train, dev, test"):
        evaluate(predictor, tiny_corpus, "unpaired")


def test_predictions_are_kept_without_pickle(predictor, tiny_corpus, tmp_path):
    evaluation = evaluate(predictor, tiny_corpus)
    evaluation.save_predictions(tmp_path / "predictions.npz")
    with np.load(tmp_path / "predictions.npz", allow_pickle=False) as kept:
        assert set(kept) == {"ids", "genres", "probabilities", "targets", "thresholds"}
        assert kept["ids"].tolist() == [movie.id for movie in tiny_corpus.split("test")]
        assert kept["genres"].tolist() == list(tiny_corpus.genres)
        assert np.array_equal(kept["probabilities"], evaluation.probabilities)
        assert kept["targets"].dtype == bool
        assert np.array_equal(kept["targets"], evaluation.targets)
        assert np.array_equal(kept["thresholds"], evaluation.thresholds)


def test_evaluating_again_gives_the_same(predictor, tiny_corpus):
    first, second = (evaluate(predictor, tiny_corpus).result for _ in range(2))
    assert first.metrics == second.metrics
    assert first.intervals == second.intervals


def test_calibration_changes_no_number(predictor, tiny_corpus):
    record = predictor.bundle.record.model_copy(update={"calibration": None})
    plain = Predictor(replace(predictor.bundle, record=record), torch.device("cpu"))
    assert predictor.bundle.record.calibration is not None
    one, other = (evaluate(each, tiny_corpus) for each in (predictor, plain))
    seconds = {"seconds": one.result.seconds}
    assert one.result == other.result.model_copy(update=seconds)
    assert np.array_equal(one.probabilities, other.probabilities)


def test_a_split_scored_without_measuring_is_the_same(predictor, tiny_corpus):
    scored, evaluation = score_split(predictor, tiny_corpus, "test"), evaluate(predictor, tiny_corpus)
    for name in ("ids", "genres", "probabilities", "targets", "thresholds"):
        assert np.array_equal(getattr(scored.predictions, name), getattr(evaluation.predictions, name))
    assert scored.absent == {"poster missing": 1, "plot missing": 1}


def test_who_watches_is_shown_every_film_once(predictor, tiny_corpus):
    seen = []
    evaluate(predictor, tiny_corpus, watch=lambda batch, output: seen.append((batch, output)))
    assert sum(len(output.logits) for _, output in seen) == 15
    assert all(len(batch.plot_tokens) == len(output.logits) for batch, output in seen)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_few_films(predictor, tiny_corpus, with_test, number):
    evaluation = evaluate(predictor, with_test(list(tiny_corpus.split("test"))[:number]))
    assert evaluation.result.corpus.movies == number
    assert evaluation.probabilities.shape == (number, 3)


def test_no_film_is_scored_but_not_measured(predictor, with_test):
    scored = score_split(predictor, with_test([]), "test").predictions
    assert (scored.ids.shape, scored.probabilities.shape, scored.targets.shape) == ((0,), (0, 3), (0, 3))
    with pytest.raises(CorpusError, match=r"corpus tiny, split test: no films; allowed is one or more"):
        evaluate(predictor, with_test([]))


def test_the_same_films_are_told_from_one_part_alone(predictor, tiny_corpus):
    conditions = evaluate(predictor, tiny_corpus).result.conditions
    movies = tiny_corpus.split("test")
    bare = {
        "plot_only": [replace(movie, poster=None) for movie in movies if movie.plot],
        "poster_only": [replace(movie, plot=None) for movie in movies if movie.poster],
    }
    assert set(conditions) == set(bare)
    for name, some in bare.items():
        told = conditions[name]
        assert told.movies == len(some) == 14
        targets = np.array([[genre in movie.genres for genre in tiny_corpus.genres] for movie in some])
        scores = predictor.score(predictor.features(some))
        expected = judge(scores, targets, np.array(predictor.bundle.record.thresholds))
        assert told.metrics == pytest.approx(expected)
        assert told.intervals["f1_macro"][0] <= told.metrics["f1_macro"] <= told.intervals["f1_macro"][1]
    assert conditions["plot_only"].metrics != conditions["poster_only"].metrics


def test_films_that_all_lack_a_part_leave_nothing_to_tell_from_it(predictor, with_test, tiny_corpus):
    bare = [replace(movie, poster=None) for movie in tiny_corpus.split("test") if movie.plot]
    conditions = evaluate(predictor, with_test(bare)).result.conditions
    assert conditions["poster_only"].movies == 0
    assert conditions["poster_only"].metrics == {}
    assert conditions["plot_only"].movies == 14
