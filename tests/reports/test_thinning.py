"""Fewer points, the same line."""

import itertools

import numpy as np
import pytest

from cinefuse.reports.thinning import INVISIBLE, MOST_POINTS, thinned

ACROSS = np.linspace(0, 1, 500)


@pytest.mark.parametrize(
    ("up", "kept"),
    [(ACROSS, [0, 499]), (np.zeros(500), [0, 499]), ((ACROSS > 0.5).astype(float), [0, 249, 250, 499])],
)
def test_straight_lines_and_stairs_need_their_corners_alone(up, kept):
    assert thinned(ACROSS, up).tolist() == kept


def distances(across, up, few):
    """Of every point from the nearest piece of the thinned line."""
    nearest = np.full(len(across), np.inf)
    for first, last in itertools.pairwise(few):
        start = np.array([across[first], up[first]])
        along = np.array([across[last], up[last]]) - start
        away = np.stack([across, up], axis=1) - start
        part = np.clip(away @ along / max(along @ along, 1e-12), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(away - part[:, None] * along, axis=1))
    return nearest


def test_a_smooth_line_looks_the_same():
    up = np.sqrt(1 - (1 - ACROSS) ** 2)
    few = thinned(ACROSS, up)
    assert len(few) < MOST_POINTS
    assert distances(ACROSS, up, few).max() < INVISIBLE


def test_a_rough_line_has_no_more_points_than_allowed():
    up = np.random.default_rng(1).random(500)
    few = thinned(ACROSS, up)
    assert len(few) == MOST_POINTS
    assert (few[0], few[-1]) == (0, 499)


@pytest.mark.parametrize(
    ("points", "kept"),
    [([0.0], [0]), ([0.0, 1.0], [0, 1]), ([0.0, 1.0, 0.0], [0, 1, 2]), ([0.5] * 4, [0, 3])],
)
def test_the_shortest_lines(points, kept):
    line = np.array(points)
    assert thinned(line, line).tolist() == kept
