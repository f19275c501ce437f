"""Calibration measures against scikit-learn and cases worked by hand."""

import numpy as np
import pytest
from sklearn import metrics as judge
from sklearn.calibration import calibration_curve

from cinefuse.metrics.reliability import (
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability,
)


@pytest.fixture(scope="module")
def case():
    random = np.random.default_rng(2)
    probabilities = (random.random((400, 3)) ** 2).round(3)
    return probabilities, random.random(probabilities.shape) < 0.8 * probabilities


def test_a_case_worked_by_hand():
    """Two bins: 0.2 and 0.4 with no true pair, 0.6 and 1.0 with one of two; an edge goes to the bin below."""
    probabilities, targets = [[0.2, 0.4], [0.6, 1.0]], [[0, 0], [1, 0]]
    assert expected_calibration_error(probabilities, targets, n_bins=2) == pytest.approx((0.6 + 0.6) / 4)
    assert expected_calibration_error([[0.5], [0.7]], [[1], [0]], n_bins=2) == pytest.approx((0.5 + 0.7) / 2)
    assert brier_score(probabilities, targets) == pytest.approx((0.04 + 0.16 + 0.16 + 1) / 4)
    found = reliability(probabilities, targets, n_bins=2)
    assert found.mean_probability == pytest.approx([0.3, 0.8])
    assert found.share.tolist() == [0, 0.5]
    assert found.films.tolist() == [2, 2]


def test_the_error_is_that_of_scikit_learns_curve(case):
    probabilities, targets = (array.ravel() for array in case)
    share, mean = calibration_curve(targets, probabilities, n_bins=15, strategy="uniform")
    films = np.bincount(np.digitize(probabilities, np.linspace(0, 1, 16)[1:-1], right=True))
    expected = (films[films > 0] * np.abs(share - mean)).sum() / films.sum()
    assert expected_calibration_error(*case) == pytest.approx(expected, abs=1e-12)


def test_reliability_is_scikit_learns_curve_of_quantiles(case):
    found = reliability(*case)
    share, mean = calibration_curve(case[1].ravel(), case[0].ravel(), n_bins=10, strategy="quantile")
    assert found.share == pytest.approx(share)
    assert found.mean_probability == pytest.approx(mean)
    assert found.films.sum() == case[0].size
    assert found.films == pytest.approx(np.full(10, 120), abs=6)


def test_equal_probabilities_share_a_bin():
    found = reliability([[0.3]] * 5, [[1], [0], [0], [0], [0]])
    assert found.mean_probability == pytest.approx([0.3])
    assert found.share.tolist() == [0.2]
    assert found.films.tolist() == [5]


def test_brier_score_and_log_loss_are_scikit_learns(case):
    probabilities, targets = (array.ravel() for array in case)
    assert brier_score(*case) == pytest.approx(judge.brier_score_loss(targets, probabilities))
    assert log_loss(*case) == pytest.approx(judge.log_loss(targets, probabilities))
    wrong = judge.log_loss([0, 1], np.array([1.0, 0.0]))
    assert log_loss([[1.0], [0.0]], [[0], [1]]) == pytest.approx(wrong)
    assert log_loss([[1.0], [0.0]], [[1], [0]]) == pytest.approx(0)


@pytest.mark.parametrize("call", [expected_calibration_error, reliability])
def test_no_bin_is_refused(call, case):
    with pytest.raises(ValueError, match="n_bins: 0; allowed is 1 or more"):
        call(*case, n_bins=0)


@pytest.mark.parametrize("call", [expected_calibration_error, brier_score, log_loss, reliability])
def test_logits_are_refused(call):
    with pytest.raises(ValueError, match="logits must go through the sigmoid"):
        call([[-2.0]], [[1]])
