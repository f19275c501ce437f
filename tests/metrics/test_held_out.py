"""Cross-validation: every film judged once by what was learned from others; scores are scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from cinefuse.metrics.held_out import Judged, cross_validated, make_folds, scores_of

RANDOM = np.random.default_rng(1)
TARGETS = np.stack([np.arange(40) % step == 0 for step in (2, 3, 8)], axis=1)[RANDOM.permutation(40)]


def test_every_film_is_judged_once_by_what_others_taught():
    folds = make_folds(TARGETS, seed=3)
    assert len(folds) == 5
    assert sorted(np.concatenate([judged for _, judged in folds])) == list(range(40))
    for learned, judged in folds:
        assert sorted([*learned, *judged]) == list(range(40))
        assert TARGETS[learned].any(axis=0).all()  # spread: a rare genre is not all in one fold
    again, other = make_folds(TARGETS, seed=3), make_folds(TARGETS, seed=4)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(folds, again, strict=True))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(folds, other, strict=True))


def test_one_genre_and_few_films_can_be_held_out_and_one_film_cannot():
    assert sum(len(judged) for _, judged in make_folds(np.array([[True], [False], [True]]), seed=0)) == 3
    with pytest.raises(ValueError, match="1 films; allowed is two or more"):
        make_folds(np.array([[True]]), seed=0)


def test_scores_are_those_of_all_held_out_films_together():
    probabilities = RANDOM.random(TARGETS.shape)
    thresholds = {}

    def learn(rows):
        thresholds[len(thresholds)] = limit = TARGETS[rows].mean()  # something that differs from fold to fold

        def judge(films):
            return Judged(probabilities[films], probabilities[films] >= limit)

        return judge

    folds = make_folds(TARGETS, seed=0)
    found = cross_validated(learn, TARGETS, folds)
    given = np.zeros_like(TARGETS)
    for number, (_, judged) in enumerate(folds):
        given[judged] = probabilities[judged] >= thresholds[number]
    assert found.f1_macro == pytest.approx(f1_score(TARGETS, given, average="macro"))
    assert found.average_precision_macro == pytest.approx(
        average_precision_score(TARGETS, probabilities, average="macro")
    )


def test_learning_by_heart_is_found_out():
    def learn(rows):
        known = set(rows.tolist())

        def judge(films):
            told = np.array([TARGETS[film] if film in known else ~TARGETS[film] for film in films])
            return Judged(told.astype(float), told)

        return judge

    everything = np.arange(len(TARGETS))
    assert scores_of(learn(everything)(everything), TARGETS).f1_macro == 1
    assert cross_validated(learn, TARGETS, make_folds(TARGETS, seed=0)).f1_macro == 0
