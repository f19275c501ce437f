"""Intervals and tests against plain loops over the same resamples, and against scipy."""

import numpy as np
import pytest
from scipy import stats

from cinefuse.metrics import uncertainty
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.uncertainty import (
    Predictions,
    bootstrap_intervals,
    paired_bootstrap,
    permutation_test,
    resampled_films,
)
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
    monkeypatch.setattr(uncertainty, "CHUNK_VALUES", request.param)


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


def test_paired_bootstrap_is_a_plain_loop_over_the_same_resamples(chunk):
    (first, targets), (second, _) = invented(40, seed=1, skill=0.35), invented(40, seed=2)
    found = paired_bootstrap(
        Predictions(first, THRESHOLDS), Predictions(second, THRESHOLDS), targets, n_resamples=80, seed=5
    )

    def macro_f1(probabilities, rows):
        return score(probabilities[rows], targets[rows], THRESHOLDS).metrics["f1_macro"]

    films = resampled_films(40, 80, np.random.default_rng(5))
    loop = np.array([macro_f1(first, rows) - macro_f1(second, rows) for rows in films])
    assert found.difference == pytest.approx(macro_f1(first, slice(None)) - macro_f1(second, slice(None)))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(loop, [2.5, 97.5])))
    assert found.p == pytest.approx(2 * (min((loop <= 0).sum(), (loop >= 0).sum()) + 1) / 81)


@pytest.mark.parametrize("metric", ["f1_macro", "average_precision_macro", "hamming_loss"])
def test_permutation_test_is_scipys(metric):
    """Nine films: scipy goes through all 2 ** 9 swaps; ours draws 20,000."""
    (first, targets), (second, _) = invented(9, seed=1, skill=0.6), invented(9, seed=2, skill=0.1)
    both = np.stack([first, second])

    def difference(first_rows, second_rows):
        def value(rows):
            return score(both.reshape(18, 4)[rows.astype(int)], targets, THRESHOLDS).metrics[metric]

        return value(first_rows) - value(second_rows)

    theirs = stats.permutation_test(
        (np.arange(9), np.arange(9, 18)), difference, permutation_type="samples", vectorized=False
    )
    ours = permutation_test(
        Predictions(first, THRESHOLDS), Predictions(second, THRESHOLDS), targets, metric, n_resamples=20_000
    )
    assert ours.difference == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue, abs=0.02)


def test_p_is_never_zero_and_one_for_equals():
    probabilities, targets = invented(80)
    perfect = Predictions(targets.astype(float), THRESHOLDS)
    guess = Predictions(probabilities[::-1], THRESHOLDS)
    assert permutation_test(perfect, guess, targets, n_resamples=99).p == pytest.approx(1 / 100)
    assert permutation_test(guess, guess, targets, n_resamples=99).p == 1
    assert paired_bootstrap(perfect, guess, targets, n_resamples=99).p == pytest.approx(2 / 100)
    assert paired_bootstrap(guess, guess, targets, n_resamples=99).p == 1


def test_models_compare_with_their_own_thresholds():
    probabilities, targets = invented(80)
    lenient, strict = Predictions(probabilities, [0.3] * 4), Predictions(probabilities, [0.9] * 4)
    found = paired_bootstrap(lenient, strict, targets, n_resamples=50)
    expected = [score(probabilities, targets, [value] * 4).metrics["f1_macro"] for value in (0.3, 0.9)]
    assert found.difference == pytest.approx(expected[0] - expected[1])
    assert permutation_test(lenient, strict, targets, n_resamples=50).difference == found.difference


def test_equal_models_are_told_apart_only_as_often_as_promised():
    """Under the null, p at or below 0.2 comes in one of five."""
    rejected = 0
    for seed in range(60):
        (first, targets), (second, _) = invented(60, seed=2 * seed), invented(60, seed=2 * seed + 1)
        pair = (Predictions(first, THRESHOLDS), Predictions(second, THRESHOLDS))
        rejected += permutation_test(*pair, targets, n_resamples=200, seed=seed).p <= 0.2
    assert 4 <= rejected <= 21  # binomial(60, 0.2): outside with probability 0.003


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda m, t: bootstrap_intervals(m.probabilities, t, m.thresholds, confidence=95),
            "between 0 and 1",
        ),
        (lambda m, t: bootstrap_intervals(m.probabilities, t, m.thresholds, n_resamples=0), "1 or more"),
        (lambda m, t: paired_bootstrap(m, m, t, "f1"), "metric: 'f1'; allowed are f1_macro"),
        (lambda m, t: permutation_test(m, m, np.zeros_like(t)), "undefined on these 20 films"),
        (lambda m, t: permutation_test(m, m, t[1:]), "targets: shape"),
    ],
)
def test_what_is_not_allowed_is_refused(call, message):
    probabilities, targets = invented(20)
    with pytest.raises(ValueError, match=message):
        call(Predictions(probabilities, THRESHOLDS), targets)
