"""Blends: against hand-worked means, scikit-learn's logistic regression, and EM for mixtures."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from cinefuse.metrics.blending import LEAST_WEIGHT, BlendWeights, blend


def members(n_films=600, noise=(0.5, 1.0, 3.0), genres=(0.0, -1.0)):
    """Members that see each film's true log-odds through noise of their own: (M, N, G), (N, G)."""
    random = np.random.default_rng(0)
    truth = random.normal(size=(n_films, len(genres))) * 2 + np.array(genres)
    targets = random.random(truth.shape) < expit(truth)
    told = np.stack([expit(truth + random.normal(size=truth.shape) * one) for one in noise])
    return told, targets


def test_means_are_weighted_by_hand():
    told = np.array([[[0.5, 0.2]], [[0.9, 0.8]]])  # odds 1 and 9, 1/4 and 4
    np.testing.assert_allclose(blend(told, [3, 1], "probabilities"), [[0.6, 0.35]])
    odds = np.array([9**0.25, (1 / 4) ** 0.75 * 4**0.25])
    np.testing.assert_allclose(blend(told, [3, 1], "log-odds"), [odds / (1 + odds)])


def test_certainty_stays_finite():
    told = np.array([[[0.0, 1.0]], [[0.5, 0.5]]])
    found = blend(told, [1, 1], "log-odds")
    assert 0 < found[0, 0] < 1e-3
    assert 1 - 1e-3 < found[0, 1] < 1


def test_a_member_that_reads_nothing_of_a_film_has_no_say_in_it():
    told = np.array([[[0.2], [0.2], [0.2]], [[0.8], [0.8], [0.8]]])
    reading = np.array([[True, False, False], [True, True, False]])
    found = blend(told, [0.75, 0.25], "probabilities", reading)
    # both, the second alone, and of a film that nobody reads all have their say
    np.testing.assert_allclose(found, [[0.35], [0.8], [0.35]])
    only_the_second = blend(told, [1.0, 0.0], "probabilities", reading)
    np.testing.assert_allclose(only_the_second, [[0.2], [0.2], [0.2]])  # it weighs nothing


def test_weights_of_log_odds_are_those_of_logistic_regression():
    told, targets = members(genres=(0.0,))
    reference = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(
        logit(told[:, :, 0]).T, targets[:, 0]
    )
    expected = reference.coef_[0]
    assert expected.min() > 0.01 * expected.sum(), "the reference knows no bounds: none may be reached"
    found = BlendWeights("log-odds", shrinkage=0).fit(told, targets).weights_
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-4)


def test_weights_of_probabilities_are_those_of_expectation_maximisation():
    told, targets = members(noise=(0.9, 1.0, 1.1), genres=(0.0,))
    right = np.where(targets, told, 1 - told)[:, :, 0]  # (M, N), what each member gave to what is so
    expected = np.full(3, 1 / 3)
    for _ in range(5000):
        share = expected[:, None] * right
        expected = (share / share.sum(axis=0)).mean(axis=1)
    assert expected.min() > LEAST_WEIGHT
    found = BlendWeights("probabilities", shrinkage=0).fit(told, targets).weights_
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("how", ["log-odds", "probabilities"])
def test_a_member_that_is_always_wrong_weighs_nothing_and_a_pull_makes_weights_equal(how):
    told, targets = members(noise=(0.1, 0.5, 3.0))
    told[2] = 1 - told[2]
    found = BlendWeights(how, shrinkage=0).fit(told, targets).weights_
    # a mean of probabilities that are too sure gains a little by any doubt
    assert found[2] == 0 if how == "log-odds" else found[2] < 0.05
    assert found.sum() == pytest.approx(1)
    assert found[0] > found[1] > 0
    np.testing.assert_allclose(BlendWeights(how, shrinkage=1e9).fit(told, targets).weights_, 1 / 3, atol=1e-3)


@pytest.mark.parametrize("how", ["log-odds", "probabilities"])
def test_a_rare_genre_counts_as_much_as_a_frequent_one(how):
    """The first member knows the frequent genre alone, the second the rare one alone."""
    told, targets = members(n_films=4000, noise=(0.2, 0.2), genres=(0.0, -5.0))
    told[1, :, 0], told[0, :, 1] = targets[:, 0].mean(), targets[:, 1].mean()
    weights = BlendWeights(how, shrinkage=0).fit(told, targets).weights_
    assert weights.min() > 0.2


def test_without_a_genre_to_learn_from_weights_are_equal():
    told, _ = members(n_films=5)
    assert BlendWeights().fit(told, np.zeros((5, 2))).weights_.tolist() == [1 / 3] * 3
    assert BlendWeights().fit(told, np.ones((5, 2))).weights_.tolist() == [1 / 3] * 3


@pytest.mark.parametrize("weights", [[1.0], [-1.0, 2.0], [0.0, 0.0]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match="allowed is one each, none below 0 and not all 0"):
        blend(np.full((2, 1, 1), 0.5), weights, "log-odds")


def test_logits_are_refused():
    with pytest.raises(ValueError, match="allowed is 0 to 1"):
        BlendWeights().fit(np.full((2, 3, 1), 4.0), np.ones((3, 1)))
