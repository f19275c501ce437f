"""Threshold rules against a plain search with scikit-learn."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import f1_score

from cinefuse.metrics.calibration import PlattScaling
from cinefuse.metrics.thresholds import (
    GRID,
    THRESHOLD_RULES,
    FixedThreshold,
    GlobalThreshold,
    PerGenreThreshold,
)


@pytest.fixture(scope="module")
def dev():
    random = np.random.default_rng(3)
    targets = random.random((200, 5)) < [0.5, 0.3, 0.2, 0.1, 0.05]
    probabilities = (0.7 * random.random(targets.shape) + 0.3 * targets).astype(np.float32)
    return probabilities, targets


def test_the_grid_is_the_reports():
    assert len(GRID) == 41
    assert (GRID[0], GRID[1], GRID[20], GRID[-1]) == (0.10, 0.12, 0.50, 0.90)


def test_global_is_the_best_of_a_plain_search(dev):
    probabilities, targets = dev
    f1 = [
        f1_score(targets, probabilities >= threshold, average="macro", zero_division=0) for threshold in GRID
    ]
    fitted = GlobalThreshold().fit(probabilities, targets)
    assert fitted.value_ == GRID[np.argmax(f1)]
    assert fitted.thresholds_.tolist() == [fitted.value_] * 5


def test_per_genre_without_shrinkage_is_the_best_of_a_plain_search(dev):
    probabilities, targets = dev
    fitted = PerGenreThreshold(shrinkage=0).fit(probabilities, targets)
    for genre in range(5):
        truth, ranked = targets[:, genre], probabilities[:, genre]
        f1 = [f1_score(truth, ranked >= threshold, zero_division=0) for threshold in GRID]
        reached = f1_score(truth, ranked >= fitted.thresholds_[genre])
        assert reached == pytest.approx(max(f1)), genre
    assert fitted.value_ is None


def test_per_genre_mixes_targets_with_calibrated_probabilities_where_films_are_few(dev):
    probabilities, targets = dev
    weight = targets.sum(axis=0) / (targets.sum(axis=0) + 20)
    chance = PlattScaling().fit(probabilities, targets).transform(probabilities)
    expected = weight * targets + (1 - weight) * chance
    found = PerGenreThreshold(shrinkage=20).fit(probabilities, targets).thresholds_
    for genre in range(5):
        given = probabilities[:, [genre]] >= GRID  # (N, thresholds)
        hits = expected[:, genre] @ given
        f1 = 2 * hits / (given.sum(axis=0) + expected[:, genre].sum())
        assert f1[found[genre] == GRID] == pytest.approx(f1.max()), genre
    own = PerGenreThreshold(shrinkage=0).fit(probabilities, targets).thresholds_
    assert not np.allclose(own, found), "the case must be able to tell them apart"


@pytest.mark.parametrize(
    ("towards_prior", "separation"),
    [
        pytest.param(0.6, 1.5, id="probabilities of rare genres as large as the others"),
        pytest.param(0.8, 2.0, id="probabilities of rare genres smaller"),
    ],
)
def test_a_genre_of_fifteen_films_is_not_fitted_to_its_luck(towards_prior, separation):
    """On fresh films: better than its best threshold on dev by four standard errors, no worse than global."""
    support = np.array([250, 150, 90, 15])
    random = np.random.default_rng(8)

    def films(targets):
        noise = random.standard_normal(targets.shape)
        return expit(towards_prior * logit(support / 600) + separation * (targets - 0.3) + noise)

    found = []
    for _ in range(400):
        dev = np.stack([random.permutation(600) < films_of_genre for films_of_genre in support], axis=1)
        fresh = random.random((3000, 4)) < support / 600
        dev_probabilities, fresh_probabilities = films(dev), films(fresh)
        rules = PerGenreThreshold(), PerGenreThreshold(shrinkage=0), GlobalThreshold()
        given = [rule.fit(dev_probabilities, dev).predict(fresh_probabilities)[:, -1] for rule in rules]
        rare = fresh[:, -1]
        found.append([2 * (one & rare).sum() / max(1, one.sum() + rare.sum()) for one in given])
    shrunk, own, everywhere = np.array(found).T
    gain = shrunk - own
    assert gain.mean() > 4 * gain.std(ddof=1) / np.sqrt(len(gain))
    assert shrunk.mean() > everywhere.mean() - 0.005


def test_a_genre_without_a_film_gets_the_global_threshold_and_does_not_choose_it(dev):
    probabilities, targets = dev
    wider = np.column_stack([probabilities, np.full(len(targets), 0.9)])
    with_empty = np.column_stack([targets, np.zeros(len(targets), dtype=bool)])
    alone = GlobalThreshold().fit(probabilities, targets).value_
    assert GlobalThreshold().fit(wider, with_empty).value_ == alone
    assert PerGenreThreshold().fit(wider, with_empty).thresholds_[-1] == alone


def test_equally_good_thresholds_go_to_the_one_closest_to_one_half():
    # everything from 0.2 (excluded) to 0.7 separates perfectly, so does nothing else
    assert GlobalThreshold().fit([[0.2], [0.7]], [[0], [1]]).value_ == 0.5
    assert GlobalThreshold().fit([[0.2], [0.35]], [[0], [1]]).value_ == 0.34
    # 0.48 does not separate; 0.52 is the closest that does
    assert GlobalThreshold().fit([[0.51], [0.9]], [[0], [1]]).value_ == 0.52


def test_fixed_learns_nothing(dev):
    fitted = FixedThreshold(0.3).fit(*dev)
    assert fitted.thresholds_.tolist() == [0.3] * 5
    assert fitted.value_ == 0.3


def test_no_film_with_any_genre_is_refused():
    for rule in (GlobalThreshold(), PerGenreThreshold()):
        with pytest.raises(ValueError, match="no film of the dev split has any genre"):
            rule.fit([[0.2, 0.3]], [[0, 0]])


@pytest.mark.parametrize("name", sorted(THRESHOLD_RULES))
def test_every_rule_keeps_the_contract(name, dev):
    rule = THRESHOLD_RULES[name]()
    assert rule.fit(*dev) is rule
    assert rule.rule == name
    assert rule.description
    assert rule.thresholds_.shape == (5,)
    assert ((rule.thresholds_ >= 0.1) & (rule.thresholds_ <= 0.9)).all()
    assert rule.predict(dev[0]).tolist() == (dev[0] >= rule.thresholds_).tolist()
    with pytest.raises(ValueError, match="sigmoid"):
        rule.fit(dev[0] * 9, dev[1])


def test_the_rules_are_those_of_the_results():
    assert set(THRESHOLD_RULES) == {"global", "fixed", "per-genre"}
