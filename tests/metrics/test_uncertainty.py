"""Intervals against plain loops over the same resamples, and against scipy."""

import time

import numpy as np
import pytest
from scipy import stats

from cinefuse.metrics import resampling
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.resampling import resampled_films
from cinefuse.metrics.uncertainty import Predictions, bootstrap_intervals
from cinefuse.metrics.weighted import METRIC_NAMES

THRESHOLDS = np.array([0.45, 0.5, 0.6, 0.5])


def invented(n_films, seed=0, skill=0.3):
    """Probabilities with ties and a rare genre that some resamples miss; the targets depend on no seed."""
    targets = np.random.default_rng(9).random((n_films, 4)) < [0.6, 0.3, 0.15, 0.06]
    targets[0] = True
    noise = np.random.default_rng(seed).random(targets.shape)
    return ((1 - skill) * noise + skill * targets).round(2), targets


@pytest.fixture(params=[250_000, 200], ids=["one chunk", "many chunks"])
def chunk(request, monkeypatch):
    monkeypatch.setattr(resampling, "CHUNK_VALUES", request.param)


def test_intervals_are_those_of_a_plain_loop_over_the_same_resamples(chunk):
    probabilities, targets = invented(40)
    found = bootstrap_intervals(probabilities, targets, THRESHOLDS, n_resamples=60, seed=4)
    films = resampled_films(40, 60, np.random.default_rng(4))
    loop = [score(probabilities[rows], targets[rows], THRESHOLDS) for rows in films]
    assert any(scores.undefined.any() for scores in loop), "some resample must miss a genre"
    assert set(found) == set(METRIC_NAMES)
    for name in METRIC_NAMES:
        values = [scores.metrics[name] for scores in loop]
        assert found[name] == pytest.approx(np.percentile(values, [2.5, 97.5])), name


def test_intervals_are_scipys():
    probabilities, targets = invented(60)

    def macro_f1(films):
        return score(probabilities[films], targets[films], THRESHOLDS).metrics["f1_macro"]

    theirs = stats.bootstrap(
        (np.arange(60),), macro_f1, vectorized=False, n_resamples=400, method="percentile", rng=1
    ).confidence_interval
    ours = bootstrap_intervals(probabilities, targets, THRESHOLDS, n_resamples=400, seed=1)["f1_macro"]
    assert ours == pytest.approx((theirs.low, theirs.high))


def test_an_interval_narrows_with_more_films_and_holds_the_score():
    widths = []
    for n_films in (100, 1600):
        probabilities, targets = invented(n_films)
        low, high = bootstrap_intervals(probabilities, targets, THRESHOLDS, n_resamples=300)["f1_macro"]
        assert low < score(probabilities, targets, THRESHOLDS).metrics["f1_macro"] < high
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.35)


def test_the_seed_decides():
    case = (*invented(50), THRESHOLDS)
    first, again, other = (bootstrap_intervals(*case, n_resamples=100, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_what_is_undefined_everywhere_has_no_interval():
    found = bootstrap_intervals([[0.7]], [[1]], [0.5], n_resamples=20)
    assert set(METRIC_NAMES) - set(found) == {"roc_auc_macro"}
    assert found["f1_macro"] == (1, 1)
    nothing = bootstrap_intervals([[0.7]], [[0]], [0.5], n_resamples=20)
    assert set(nothing) == {"f1_samples", "hamming_loss", "subset_accuracy"}


def test_many_resamples_of_many_films_are_quick():
    """A twentieth of 10,000 resamples of MM-IMDb's test split, in a twentieth of thirty processor seconds."""
    random = np.random.default_rng(0)
    targets = random.random((7799, 23)) < 2.5 / 23
    probabilities = 0.4 * targets + 0.6 * random.random(targets.shape)
    began = time.process_time()
    bootstrap_intervals(probabilities, targets, np.full(23, 0.5), n_resamples=500)
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda m, t: bootstrap_intervals(m.probabilities, t, m.thresholds, confidence=95),
            "between 0 and 1",
        ),
        (lambda m, t: bootstrap_intervals(m.probabilities, t, m.thresholds, n_resamples=0), "1 or more"),
    ],
)
def test_what_is_not_allowed_is_refused(call, message):
    probabilities, targets = invented(20)
    with pytest.raises(ValueError, match=message):
        call(Predictions(probabilities, THRESHOLDS), targets)
