"""What is blended, and by what weights: chosen by films that were not fitted to."""

import numpy as np
import pytest
from scipy.special import expit

from cinefuse.ensembles.weighing import WAYS, choose_way, weigh
from cinefuse.metrics.thresholds import PerGenreThreshold


def make_members(noise, seed=0, n_films=120):
    """Members that see the same truth through noise of their own, the larger the worse."""
    random = np.random.default_rng(seed)
    targets = random.random((n_films, 4)) < 0.3
    truth = np.where(targets, 1.0, -1.0)
    told = np.stack([expit(truth + one * random.normal(size=truth.shape)) for one in noise])
    return told, targets


def test_members_that_are_as_good_mostly_weigh_the_same():
    drawn = [make_members([2.0] * 8, seed, n_films=60) for seed in range(12)]
    equal = [one for one in drawn if not choose_way(*one, 42).fitted]
    assert len(equal) >= 8
    found = weigh(*equal[0], PerGenreThreshold, 42)
    assert found.weights == pytest.approx(np.full(8, 1 / 8))
    assert found.worth.in_sample == found.equal_weights.in_sample


def test_one_that_knows_nothing_is_found_out():
    told, targets = make_members([1.0, 30.0, 30.0])
    assert choose_way(told, targets, 42).fitted
    found = weigh(told, targets, PerGenreThreshold, 42)
    assert found.weights[0] > 0.9
    held_out = [one.held_out.average_precision_macro for one in (found.worth, found.equal_weights)]
    assert held_out[0] > held_out[1]


def test_without_films_to_choose_by_it_is_the_first():
    told, targets = make_members([1.0, 1.0])
    assert choose_way(told[:, :1], targets[:1], 42) == WAYS[0]
    assert choose_way(told, np.zeros_like(targets), 42) == WAYS[0]
