"""All pairs of models against plain loops over the same draws, against scipy, and under the null."""

import time
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from cinefuse.metrics import resampling
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.pairs import compare_pairs, holm, spread
from cinefuse.metrics.resampling import resampled_films, swapped_films
from cinefuse.metrics.uncertainty import Predictions
from cinefuse.metrics.weighted import METRIC_NAMES

THRESHOLDS = np.array([0.45, 0.5, 0.6, 0.5])


def truth(n_films):
    targets = np.random.default_rng(9).random((n_films, 4)) < [0.6, 0.3, 0.15, 0.06]
    targets[0] = True
    return targets


def model(targets, seed=0, skill=0.3):
    noise = np.random.default_rng(seed).random(targets.shape)
    return Predictions(((1 - skill) * noise + skill * targets).round(2), THRESHOLDS)


@pytest.fixture(params=[250_000, 100], ids=["one chunk", "many chunks"])
def chunk(request, monkeypatch):
    monkeypatch.setattr(resampling, "CHUNK_VALUES", request.param)


@pytest.fixture(scope="module")
def three():
    """Three models of two, one and three seeds, and the targets of thirty films."""
    targets = truth(30)
    good = [model(targets, seed, 0.5) for seed in (1, 2)]
    fair = [model(targets, 3, 0.4)]
    poor = [model(targets, seed, 0.1) for seed in (4, 5, 6)]
    return {"good": good, "fair": fair, "poor": poor}, targets


def value(predictions, targets, metric, films=slice(None)):
    return score(predictions.probabilities[films], targets[films], predictions.thresholds).metrics[metric]


def mean(seeds, targets, metric, films=slice(None)):
    return np.mean([value(one, targets, metric, films) for one in seeds])


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_pairs_are_plain_loops_over_the_same_draws(metric, three, chunk):
    models, targets = three
    found = compare_pairs(models, targets, metric, n_resamples=40, seed=6)
    assert [(pair.first, pair.second) for pair in found] == list(combinations(models, 2))
    resamples = resampled_films(30, 40, np.random.default_rng(6))
    swaps = swapped_films(30, 40, np.random.default_rng(6)).astype(bool)[:, :, None]
    for pair in found:
        a, b = models[pair.first], models[pair.second]
        loop = [mean(a, targets, metric, rows) - mean(b, targets, metric, rows) for rows in resamples]
        assert pair.difference == pytest.approx(mean(a, targets, metric) - mean(b, targets, metric))
        assert (pair.low, pair.high) == pytest.approx(tuple(np.percentile(loop, [2.5, 97.5])))
        seeds = list(zip(a, b, strict=True)) if len(a) == len(b) else list(product(a, b))
        far = abs(pair.difference)  # what is tested is what is shown
        as_far = 0
        for swap in swaps:
            differences = []
            for x, y in seeds:
                first = Predictions(np.where(swap, y.probabilities, x.probabilities), THRESHOLDS)
                second = Predictions(np.where(swap, x.probabilities, y.probabilities), THRESHOLDS)
                differences.append(value(first, targets, metric) - value(second, targets, metric))
            as_far += abs(np.mean(differences)) >= far - 1e-12
        assert pair.p == pytest.approx((as_far + 1) / 41)
    assert [pair.p_holm for pair in found] == holm([pair.p for pair in found])


@pytest.mark.parametrize("metric", ["f1_macro", "average_precision_macro"])
def test_p_is_scipys(metric):
    """Nine films: scipy goes through all 2 ** 9 swaps; ours draws 20,000."""
    targets = truth(9)
    models = {"a": [model(targets, 1, 0.6)], "b": [model(targets, 2, 0.1)]}
    both = np.concatenate([models["a"][0].probabilities, models["b"][0].probabilities])

    def difference(first, second):
        return np.subtract(
            *(score(both[rows.astype(int)], targets, THRESHOLDS).metrics[metric] for rows in (first, second))
        )

    theirs = stats.permutation_test(
        (np.arange(9), np.arange(9, 18)), difference, permutation_type="samples", vectorized=False
    )
    (ours,) = compare_pairs(models, targets, metric, n_resamples=20_000)
    assert ours.difference == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue, abs=0.02)


def test_a_model_and_its_copy_cannot_be_told_apart():
    targets = truth(60)
    (found,) = compare_pairs({"a": [model(targets)], "b": [model(targets)]}, targets, n_resamples=200)
    assert (found.difference, found.low, found.high, found.p, found.p_holm) == (0, 0, 0, 1, 1)


def test_a_model_and_its_shuffled_self_are_told_apart():
    targets = truth(150)
    good = model(targets, skill=0.7)
    shuffled = Predictions(np.random.default_rng(1).permutation(good.probabilities), THRESHOLDS)
    (found,) = compare_pairs({"a": [good], "b": [shuffled]}, targets, n_resamples=999)
    assert found.p == pytest.approx(1 / 1000), "p is never 0"
    assert 0 < found.low < found.difference < found.high


def test_models_without_a_difference_are_called_different_as_often_as_promised():
    targets = truth(60)
    called = 0
    for case in range(200):
        models = {name: [model(targets, 2 * case + k)] for k, name in enumerate("ab")}
        (found,) = compare_pairs(models, targets, n_resamples=199, seed=case)
        called += found.p <= 0.05
    low, high = stats.binom.ppf([0.0005, 0.9995], 200, 0.05)
    assert low <= called <= high


def test_every_seed_counts_and_the_seed_of_the_draws_decides(three):
    models, targets = three
    first, again, other = (compare_pairs(models, targets, n_resamples=60, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    fewer = compare_pairs(models | {"good": models["good"][:1]}, targets, n_resamples=60, seed=1)
    assert fewer[0].difference != first[0].difference
    assert fewer[2] == first[2], "a pair depends on no third model, but for Holm's correction"


def test_the_spread_is_a_plain_loop(three, chunk):
    models, targets = three
    found = spread(models, targets, n_resamples=50, seed=3)
    resamples = resampled_films(30, 50, np.random.default_rng(3))
    assert list(found) == list(models)
    for name, seeds in models.items():
        loop = [mean(seeds, targets, "f1_macro", rows) for rows in resamples]
        assert found[name].mean == pytest.approx(mean(seeds, targets, "f1_macro"))
        assert found[name].films_sd == pytest.approx(np.std(loop, ddof=1))
        assert (found[name].low, found[name].high) == pytest.approx(tuple(np.percentile(loop, [2.5, 97.5])))
    assert found["fair"].seeds_sd is None
    assert found["fair"].both_sd is None
    seeds_sd = np.std([value(one, targets, "f1_macro") for one in models["poor"]], ddof=1)
    assert found["poor"].seeds_sd == pytest.approx(seeds_sd)
    assert found["poor"].both_sd == pytest.approx(np.hypot(seeds_sd, found["poor"].films_sd))


def test_holm_by_hand():
    """0.01 times 4; 0.03 times 2 and 0.04 times 1 are 0.06 and 0.04, the larger for both."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1, 1]
    assert holm([]) == []


def test_one_film_tells_nothing_apart():
    models = {"a": [Predictions([[0.9]], [0.5])], "b": [Predictions([[0.1]], [0.5])]}
    (found,) = compare_pairs(models, [[1]], n_resamples=20)
    assert (found.difference, found.low, found.high, found.p) == (1, 1, 1, 1)
    assert spread(models, [[1]], n_resamples=20)["a"].films_sd == 0


def test_one_model_or_none_has_no_pair():
    targets = truth(10)
    assert compare_pairs({"a": [model(targets)]}, targets, n_resamples=5) == []
    assert compare_pairs({}, targets, n_resamples=5) == []
    assert spread({}, targets, n_resamples=5) == {}


def test_five_hundred_genres_take_seconds():
    random = np.random.default_rng(0)
    targets = random.random((300, 500)) < 0.02
    models = {name: [Predictions(random.random(targets.shape), np.full(500, 0.97))] for name in "ab"}
    began = time.monotonic()
    (found,) = compare_pairs(models, targets, n_resamples=300)
    assert 0 < found.p <= 1
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, t: compare_pairs({"a": [m], "b": []}, t), "models: b has no predictions; allowed is one"),
        (lambda m, t: compare_pairs({"a": [m], "b": [m]}, t, "f1"), "metric: 'f1'; allowed are f1_macro"),
        (lambda m, t: spread({"a": [m]}, t, "f1"), "metric: 'f1'; allowed are f1_macro"),
        (lambda m, t: compare_pairs({"a": [m]}, np.zeros_like(t)), "f1_macro: undefined on these 20 films"),
        (lambda m, t: spread({"a": [m]}, np.zeros_like(t)), "compare by another metric"),
        (lambda m, t: spread({"a": [m]}, t[1:]), "targets: shape"),
        (lambda m, t: spread({"a": [m]}, t, n_resamples=0), "n_resamples: 0; allowed is 1 or more"),
        (lambda m, t: spread({"a": [m]}, t, confidence=95), "confidence: 95; allowed is between 0 and 1"),
    ],
)
def test_what_is_not_allowed_is_refused(call, message):
    targets = truth(20)
    with pytest.raises(ValueError, match=message):
        call(model(targets), targets)
