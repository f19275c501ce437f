"""Scores against scikit-learn, against a case worked by hand, and at their edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as judge

from cinefuse.metrics.multilabel import score
from cinefuse.metrics.weighted import METRIC_NAMES
from cinefuse.results import METRICS

HALF = 0.5


@st.composite
def predictions(draw):
    """Probabilities with many ties, targets, thresholds."""
    shape = (draw(st.integers(1, 12)), draw(st.integers(2, 4)))  # scikit-learn takes one column for binary
    tenths = arrays(np.int64, shape, elements=st.integers(0, 10))
    targets = arrays(np.bool_, shape)
    thresholds = arrays(np.int64, shape[1], elements=st.integers(0, 10))
    return draw(tenths) / 10, draw(targets), draw(thresholds) / 10


def judged(probabilities, targets, thresholds):
    """The same scores by scikit-learn, genres without a positive film left out of macro averages."""
    decisions = probabilities >= thresholds
    has_film = targets.any(axis=0)
    has_both = has_film & ~targets.all(axis=0)

    def mean(function, data, columns):
        found = [function(targets[:, genre], data[:, genre]) for genre in np.flatnonzero(columns)]
        return np.mean(found) if found else None

    def f1(average):
        return judge.f1_score(targets, decisions, average=average, zero_division=0)

    def plain(function):
        return lambda truth, decided: function(truth, decided, zero_division=0)

    return {
        "f1_macro": mean(plain(judge.f1_score), decisions, has_film),
        "f1_micro": f1("micro") if targets.any() else None,
        "f1_weighted": f1("weighted") if targets.any() else None,
        "f1_samples": f1("samples"),
        "precision_macro": mean(plain(judge.precision_score), decisions, has_film),
        "recall_macro": mean(plain(judge.recall_score), decisions, has_film),
        "roc_auc_macro": mean(judge.roc_auc_score, probabilities, has_both),
        "average_precision_macro": mean(judge.average_precision_score, probabilities, has_film),
        "hamming_loss": judge.hamming_loss(targets, decisions),
        "subset_accuracy": judge.accuracy_score(targets, decisions),
    }


def test_the_metrics_are_those_of_the_contract():
    assert list(METRIC_NAMES) == list(METRICS)
    assert list(score([[0.5]], [[1]], [HALF]).metrics) == list(METRICS)


@settings(deadline=None, max_examples=80)
@given(predictions())
def test_every_metric_is_scikit_learns(case):
    found, expected = score(*case).metrics, judged(*case)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert (found[name] is None) == (value is None), name
        assert value is None or found[name] == pytest.approx(value, abs=1e-12), name


def test_a_realistic_case_is_scikit_learns():
    random = np.random.default_rng(0)
    targets = random.random((300, 6)) < np.linspace(0.5, 0.02, 6)
    probabilities = (0.6 * random.random(targets.shape) + 0.3 * targets).astype(np.float32)
    thresholds = np.linspace(0.3, 0.6, 6)
    found = score(probabilities, targets, thresholds)
    assert found.metrics == pytest.approx(judged(probabilities, targets, thresholds))
    for genre in range(6):
        truth, ranked = targets[:, genre], probabilities[:, genre]
        assert found.per_genre.roc_auc[genre] == pytest.approx(judge.roc_auc_score(truth, ranked))
        assert found.per_genre.f1[genre] == pytest.approx(judge.f1_score(truth, ranked >= thresholds[genre]))


def test_a_case_worked_by_hand():
    """Three films, two genres: genre 0 has a hit, a miss, a false alarm; genre 1 a hit and a false alarm."""
    found = score([[0.9, 0.9], [0.1, 0.2], [0.6, 0.7]], [[1, 1], [1, 0], [0, 0]], [HALF, HALF])
    assert found.per_genre.f1.tolist() == pytest.approx([1 / 2, 2 / 3])
    assert found.per_genre.precision.tolist() == [0.5, 0.5]
    assert found.per_genre.recall.tolist() == [0.5, 1.0]
    assert found.per_genre.roc_auc.tolist() == [0.5, 1.0]  # genre 0: 0.9 beats 0.6, 0.1 does not
    assert found.per_genre.average_precision.tolist() == pytest.approx([(1 + 2 / 3) / 2, 1.0])
    assert found.per_genre.support.tolist() == [2, 1]
    assert found.metrics["f1_micro"] == pytest.approx(4 / 7)
    assert found.metrics["f1_weighted"] == pytest.approx((2 * 1 / 2 + 2 / 3) / 3)
    assert found.metrics["f1_samples"] == pytest.approx(1 / 3)
    assert found.metrics["hamming_loss"] == pytest.approx(3 / 6)
    assert found.metrics["subset_accuracy"] == pytest.approx(1 / 3)


def test_a_genre_without_a_film_is_undefined_and_left_out():
    found = score([[0.9, 0.9], [0.1, 0.1]], [[1, 0], [0, 0]], [HALF, HALF])
    assert found.undefined.tolist() == [False, True]
    for name in ("f1", "precision", "recall", "roc_auc", "average_precision"):
        assert np.isnan(getattr(found.per_genre, name)).tolist() == [False, True], name
    assert found.metrics["f1_macro"] == 1
    assert found.metrics["f1_micro"] == pytest.approx(2 / 3), "its false alarm still counts as a wrong pair"


def test_a_genre_that_every_film_has_has_no_roc_auc_and_is_not_undefined():
    found = score([[0.9], [0.1]], [[1], [1]], [HALF])
    assert np.isnan(found.per_genre.roc_auc[0])
    assert found.metrics["roc_auc_macro"] is None
    assert found.metrics["average_precision_macro"] == 1
    assert not found.undefined.any()


def test_a_film_without_a_genre_that_is_given_none_has_sample_f1_zero():
    found = score([[0.9, 0.1], [0.1, 0.1]], [[1, 0], [0, 0]], [HALF, HALF])
    assert found.metrics["f1_samples"] == 0.5
    assert found.metrics["subset_accuracy"] == 1


def test_no_film_with_any_genre_leaves_what_needs_one_undefined():
    metrics = score([[0.9, 0.1]], [[0, 0]], [HALF, HALF]).metrics
    defined = {name: value for name, value in metrics.items() if value is not None}
    assert defined == {"f1_samples": 0, "hamming_loss": 0.5, "subset_accuracy": 0}


def test_ties_count_one_half_in_the_area_under_the_roc_curve():
    assert score([[0.5], [0.5]], [[1], [0]], [HALF]).metrics["roc_auc_macro"] == 0.5


def test_a_probability_at_its_threshold_gives_the_genre():
    assert score([[0.5]], [[1]], [HALF]).metrics["f1_macro"] == 1


@pytest.mark.parametrize(
    ("probabilities", "targets", "thresholds", "message"),
    [
        ([[1.2]], [[1]], [HALF], r"allowed is 0 to 1: logits must go through the sigmoid"),
        ([[-3.0]], [[1]], [HALF], r"values from -3 to -3"),
        ([[np.nan]], [[1]], [HALF], r"1 of 1 values are not finite"),
        ([0.5], [1], [HALF], r"shape \(1,\); allowed is \(films, genres\)"),
        (np.zeros((0, 3)), np.zeros((0, 3)), [HALF] * 3, r"at least one of each"),
        ([[0.5]], [[1, 0]], [HALF], r"targets: shape \(1, 2\)"),
        ([[0.5]], [[2]], [HALF], r"targets: values other than 0 and 1"),
        ([[0.5]], [[1]], [HALF, HALF], r"thresholds: shape \(2,\)"),
    ],
)
def test_what_is_not_allowed_is_refused(probabilities, targets, thresholds, message):
    with pytest.raises(ValueError, match=message):
        score(probabilities, targets, thresholds)
