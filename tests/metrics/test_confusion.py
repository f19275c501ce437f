"""Confusion worked by hand."""

import numpy as np
import pytest
from sklearn.metrics import multilabel_confusion_matrix

from cinefuse.metrics.confusion import confusion_rates, stand_ins

# films: a drama given as romance; a drama with romance given romance; a war film given drama and romance;
# a drama given rightly; a war film given nothing
TARGETS = [[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1]]
DECISIONS = [[0, 1, 0], [0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_rates_by_hand():
    found = confusion_rates(DECISIONS, TARGETS)
    assert found.true_positives.tolist() == [1, 1, 0]
    assert found.false_positives.tolist() == [1, 2, 0]
    assert found.false_negatives.tolist() == [2, 0, 2]
    assert found.true_negatives.tolist() == [1, 2, 3]
    assert found.recall.tolist() == pytest.approx([1 / 3, 1, 0])
    assert found.miss_rate.tolist() == pytest.approx([2 / 3, 0, 1])
    assert found.false_alarm_rate.tolist() == pytest.approx([1 / 2, 2 / 4, 0])


def test_counts_are_scikit_learns():
    random = np.random.default_rng(0)
    targets, decisions = random.random((2, 60, 4)) < 0.4
    found = confusion_rates(decisions, targets)
    for genre, ((tn, fp), (fn, tp)) in enumerate(multilabel_confusion_matrix(targets, decisions)):
        counts = found.true_negatives, found.false_positives, found.false_negatives, found.true_positives
        assert [count[genre] for count in counts] == [tn, fp, fn, tp]


def test_rates_without_films_or_without_others_are_undefined():
    found = confusion_rates([[1, 0]], [[1, 0]])
    assert np.isnan(found.recall).tolist() == np.isnan(found.miss_rate).tolist() == [False, True]
    assert np.isnan(found.false_alarm_rate).tolist() == [True, False]


def test_stand_ins_by_hand():
    found = stand_ins(DECISIONS, TARGETS)
    assert found.missed.tolist() == [2, 0, 2]
    assert found.told.tolist() == [[0, 1, 0], [0, 0, 0], [1, 1, 0]]
    # drama was missed twice: once romance was given in its stead, once the film had romance and could not
    np.testing.assert_equal(found.share[0], [np.nan, 1, 0])
    assert np.isnan(found.share[1]).all(), "romance was never missed"
    # war was missed twice: once for drama and romance, once for nothing
    np.testing.assert_equal(found.share[2], [0.5, 0.5, np.nan])
    # of two films without drama one was given it, of four without romance two
    assert found.usual.tolist() == [0.5, 0.5, 0]


def test_nothing_stands_in_for_a_genre_that_is_given():
    found = stand_ins([[1, 1]], [[1, 0]])
    assert np.isnan(found.share).all()
    assert found.missed.tolist() == [0, 0]


@pytest.mark.parametrize("call", [confusion_rates, stand_ins])
@pytest.mark.parametrize(
    ("decisions", "targets", "message"),
    [
        ([[0.7]], [[1]], "decisions: values other than 0 and 1"),
        ([1], [1], r"decisions: shape \(1,\); allowed is \(films, genres\)"),
        ([[1]], [[1, 0]], r"targets: shape \(1, 2\); allowed is that of the predictions, \(1, 1\)"),
        ([[1]], [[3]], "targets: values other than 0 and 1"),
    ],
)
def test_what_is_not_allowed_is_refused(call, decisions, targets, message):
    with pytest.raises(ValueError, match=message):
        call(decisions, targets)
