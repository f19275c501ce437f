"""Scores of a model on another's scale."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.preprocessing import StandardScaler

from cinefuse.metrics.equating import LinearEquating, equate_parts

FILMS = expit(np.random.default_rng(0).normal(-1, 2, (50, 3)))


def test_a_line_is_found_again():
    slopes, intercepts = np.array([0.5, 1.0, 2.0]), np.array([-1.0, 0.0, 1.0])
    other = expit(slopes * logit(FILMS) + intercepts)
    equating = LinearEquating().fit(FILMS, other)
    np.testing.assert_allclose(equating.slopes_, slopes)
    np.testing.assert_allclose(equating.intercepts_, intercepts, atol=1e-9)
    np.testing.assert_allclose(equating.transform(FILMS), other)
    np.testing.assert_allclose(equating.transform([0.5] * 3), expit(intercepts))  # thresholds move along


def test_it_standardises_by_one_and_back_by_the_other():
    own, other = FILMS**0.5, expit(logit(FILMS).cumsum(axis=0) / 10)
    standard = StandardScaler().fit(logit(own)).transform(logit(FILMS))
    expected = StandardScaler().fit(logit(other)).inverse_transform(standard)
    np.testing.assert_allclose(logit(LinearEquating().fit(own, other).transform(FILMS)), expected)


def test_a_model_of_the_others_own_scale_stays_as_it_is():
    np.testing.assert_allclose(LinearEquating().fit(FILMS, FILMS[::-1]).transform(FILMS), FILMS)


def test_a_genre_that_all_films_are_told_alike_is_moved_alone():
    own, other = np.full((4, 1), 0.2), np.full((4, 1), 0.4)
    equating = LinearEquating().fit(own, other)
    assert equating.slopes_.tolist() == [1.0]
    np.testing.assert_allclose(equating.transform(own), other)
    np.testing.assert_allclose(LinearEquating().fit(own, FILMS[:4, :1]).slopes_, [1.0])


def test_each_part_has_a_line_of_its_own():
    parts, whole = [FILMS**0.5, FILMS**2], FILMS[::-1]
    told_by = np.arange(50) % 2
    found = equate_parts(FILMS, told_by, [*parts, FILMS], whole)  # the last told nothing
    for number, own in enumerate(parts):
        line = LinearEquating().fit(own, whole)
        np.testing.assert_allclose(found[told_by == number], line.transform(FILMS)[told_by == number])


def test_certainty_stays_within_reach():
    sure = np.array([[0.0], [1.0], [0.5]])
    told = LinearEquating().fit(sure, FILMS[:3, :1]).transform(sure)
    assert np.isfinite(told).all()
    assert LinearEquating().fit(FILMS, sure.repeat(3, axis=1)[[0, 1, 2] * 16 + [0, 1]]).slopes_.max() <= 8


@pytest.mark.parametrize(("own", "said"), [(FILMS[:2], r"own: shape \(2, 3\)"), (FILMS * 2, "0 to 1")])
def test_what_cannot_be_equated_is_refused(own, said):
    with pytest.raises(ValueError, match=said):
        LinearEquating().fit(own, FILMS)
