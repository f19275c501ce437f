"""Calibrators against scikit-learn's logistic regression, and where dev has little to learn from."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from cinefuse.metrics.calibration import CALIBRATORS, PlattScaling, TemperatureScaling, calibrate
from cinefuse.metrics.reliability import log_loss

SHARE = np.array([0.5, 0.3, 0.1, 0.02])


def overconfident(n_films, seed=0, share=SHARE):
    """Logits twice too large and, in every second genre, half a unit too high."""
    random = np.random.default_rng(seed)
    true = logit(share) + 1.5 * random.standard_normal((n_films, len(share)))
    targets = random.random(true.shape) < expit(true)
    return expit(2 * true + np.arange(len(share)) % 2), targets


@pytest.fixture(scope="module")
def dev():
    return overconfident(800)


def judged(logits, targets, *, intercept=True):
    found = LogisticRegression(C=np.inf, fit_intercept=intercept, tol=1e-8).fit(
        logits.reshape(-1, 1), targets
    )
    return float(found.coef_[0, 0]), float(np.ravel(found.intercept_)[0])


def test_temperature_without_shrinkage_is_scikit_learns_slope(dev):
    probabilities, targets = dev
    fitted = TemperatureScaling(shrinkage=0).fit(probabilities, targets)
    slope, _ = judged(logit(probabilities).ravel(), targets.ravel(), intercept=False)
    assert fitted.slopes_ == pytest.approx([slope] * 4, rel=1e-4)
    assert fitted.intercepts_.tolist() == [0] * 4


def test_platt_without_shrinkage_is_scikit_learns_line_of_each_genre(dev):
    probabilities, targets = dev
    fitted = PlattScaling(shrinkage=0).fit(probabilities, targets)
    lines = [judged(logit(probabilities[:, genre]), targets[:, genre]) for genre in range(4)]
    assert np.column_stack([fitted.slopes_, fitted.intercepts_]) == pytest.approx(
        np.array(lines), rel=1e-3, abs=1e-3
    )


def test_platt_draws_each_genre_towards_the_shared_line(dev):
    """At the optimum, the loss pulls away from the shared line as hard as the penalty pulls towards it."""
    probabilities, targets = dev
    fitted = PlattScaling(shrinkage=10).fit(probabilities, targets)
    residual = fitted.transform(probabilities) - targets
    logits = logit(probabilities)
    shared = [
        10 * fitted.slopes_ + (residual * logits).sum(axis=0),
        10 * fitted.intercepts_ + residual.sum(axis=0),
    ]
    for line in shared:  # ten times the shared line, whichever genre it is read from
        assert line == pytest.approx(np.full(4, line[0]), abs=0.02)
    nearly_shared = PlattScaling(shrinkage=1e6).fit(probabilities, targets)
    assert np.ptp(nearly_shared.slopes_) < 1e-3


def test_what_was_made_overconfident_is_mended():
    fitted = PlattScaling().fit(*overconfident(20_000))
    assert fitted.slopes_ == pytest.approx(np.full(4, 0.5), abs=0.05)
    assert fitted.intercepts_ == pytest.approx([0, -0.5, 0, -0.5], abs=0.15)
    assert TemperatureScaling().fit(*overconfident(20_000)).slopes_[0] == pytest.approx(0.5, abs=0.1)


def test_on_fresh_films_shrinkage_helps_genres_with_few_films():
    """Forty dev splits with a genre of about six films: paired differences of the log loss of that genre."""
    share = np.array([0.4, 0.3, 0.2, 0.015])
    fresh, fresh_targets = overconfident(20_000, seed=999, share=share)
    losses = []
    for seed in range(40):
        case = overconfident(300, seed=seed, share=share)
        lines = [PlattScaling(shrinkage).fit(*case).transform(fresh) for shrinkage in (0.01, 10, 1e6)]
        losses.append([log_loss(line[:, -1:], fresh_targets[:, -1:]) for line in lines])
    own, shrunk, shared = np.array(losses).T
    for worse in (own, shared):
        gain = worse - shrunk
        assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(len(gain))


@pytest.mark.parametrize("name", sorted(CALIBRATORS))
def test_every_calibrator_keeps_the_contract(name, dev):
    probabilities, targets = dev
    calibrator = CALIBRATORS[name]()
    assert calibrator.fit(probabilities, targets) is calibrator
    assert calibrator.rule == name
    assert calibrator.description
    assert calibrator.slopes_.shape == calibrator.intercepts_.shape == (4,)
    assert (calibrator.slopes_ > 0).all()
    found = calibrator.transform(probabilities)
    assert found.dtype == np.float64
    assert found.min() >= 0
    assert found.max() <= 1
    assert log_loss(found, targets) < log_loss(probabilities, targets)
    assert (rankdata(found, axis=0) == rankdata(probabilities, axis=0)).all(), "no film overtakes another"


@pytest.mark.parametrize("name", sorted(CALIBRATORS))
def test_calibrated_thresholds_give_the_same_genres(name, dev):
    probabilities = dev[0].astype(np.float32)
    calibrator = CALIBRATORS[name]().fit(probabilities, dev[1])
    for thresholds in ([0.1, 0.34, 0.5, 0.9], probabilities[7], [0, 1, 0.5, 0.02]):
        carried = calibrate(thresholds, calibrator.slopes_, calibrator.intercepts_)
        assert carried.shape == (4,)
        before = probabilities >= np.asarray(thresholds, dtype=np.float64)
        assert ((calibrator.transform(probabilities) >= carried) == before).all()


@pytest.mark.parametrize("name", sorted(CALIBRATORS))
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(([[0.2], [0.7], [0.6]], [[0], [1], [0]]), id="one genre"),
        pytest.param(([[0.0], [1.0], [0.0], [1.0]], [[0], [1], [1], [0]]), id="certain and wrong"),
        pytest.param(([[0.1], [0.2], [0.8], [0.9]] * 50, [[0], [0], [1], [1]] * 50), id="without a mistake"),
        pytest.param(
            ([[0.9], [0.8], [0.2], [0.1]] * 50, [[0], [0], [1], [1]] * 50), id="the wrong way round"
        ),
        pytest.param(([[0.9, 0.3]] * 9, [[1, 1]] * 9), id="all are true"),
        pytest.param(([[0.9, 0.3], [0.4, 0.2]] * 99, [[1, 0], [0, 0]] * 99), id="a genre without a film"),
        pytest.param(([[0.5]], [[1]]), id="one film"),
    ],
)
def test_little_or_strange_data_gives_a_rising_line_of_moderate_size(name, case):
    fitted = CALIBRATORS[name]().fit(*case)
    assert ((fitted.slopes_ > 0) & (fitted.slopes_ < 20)).all()
    assert (np.abs(fitted.intercepts_) < 10).all()
    found = fitted.transform(case[0])
    assert ((found >= 0) & (found <= 1)).all()


def test_what_is_certain_counts_as_the_next_that_single_precision_knows(dev):
    fitted = PlattScaling().fit(*dev)
    nearly = 1 / (1 + np.exp(17.3))
    assert fitted.transform([[0, 1] * 2]).tolist()[0] == pytest.approx(
        fitted.transform([[nearly, 1 - nearly] * 2]).tolist()[0]
    )


def test_a_genre_without_a_film_gets_the_shared_line(dev):
    probabilities, targets = dev
    without = np.array(targets, dtype=bool)
    without[:, 2] = False
    fitted = PlattScaling().fit(probabilities, without)
    other = without.copy()
    other[0, 2] = True
    pooled = PlattScaling().fit(np.asarray(probabilities).reshape(-1, 1), without.reshape(-1, 1))
    assert fitted.slopes_[2] == pytest.approx(pooled.slopes_[0], rel=0.02)
    assert fitted.intercepts_[2] == pytest.approx(pooled.intercepts_[0], abs=0.05)
    assert PlattScaling().fit(probabilities, other).intercepts_[2] < fitted.intercepts_[2]


def test_calibrate_by_hand():
    assert calibrate([[0.5, 0.8]], [1, 2], [np.log(3), 0]).tolist()[0] == pytest.approx([0.75, 16 / 17])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PlattScaling().fit([[0.2, 0.3]], [[0, 0]]), "no film of the dev split has any genre; calib"),
        (lambda: TemperatureScaling().fit([[0.2]], [[0]]), "no film of the dev split has any genre; calib"),
        (lambda: PlattScaling().fit([[2.0]], [[1]]), "logits must go through the sigmoid"),
        (lambda: PlattScaling().fit([[0.5]], [[1, 0]]), r"targets: shape \(1, 2\)"),
        (lambda: calibrate([[0.5]], [1, 1], [0, 0]), r"shapes \(2,\) and \(2,\); allowed is \(1,\)"),
        (lambda: calibrate([[0.5]], [np.nan], [0]), "one finite number for each genre"),
        (lambda: calibrate([[0.5]], [0], [0]), "slopes: 0; allowed is above 0"),
        (lambda: calibrate([1.5], [1], [0]), "allowed is 0 to 1"),
    ],
)
def test_what_is_not_allowed_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
