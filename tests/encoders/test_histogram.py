"""Histograms of oriented gradients and of colours, on posters whose gradients are worked out by hand."""

import math

import numpy as np
import pytest
import torch

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster
from cinefuse.encoders import ENCODERS, EncoderSettings
from cinefuse.encoders.histogram import colours, histograms
from cinefuse.encoders.oriented_gradients import n_gradients, oriented_gradients
from cinefuse.features.posters import PosterSettings
from cinefuse.features.table import FeatureSettings, encode_movies


class Settings(EncoderSettings, FeatureSettings):
    """All that reading posters takes."""


SMALL = Settings(poster_height=24, poster_width=16)


def ramp(degrees, height=16, width=16):
    """(1, 3, H, W), brighter by as much every pixel in that direction, down from the right."""
    angle = math.radians(degrees)
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (0.5 + 0.01 * (math.cos(angle) * across + math.sin(angle) * down)).expand(1, 3, -1, -1)


def of_one_block(pixels):
    """(4, 9): the cells of the only block, row by row, their orientations."""
    return oriented_gradients(pixels)[0].reshape(9, 4).T


@pytest.mark.parametrize(
    ("degrees", "shares"),
    [
        (10, {0: 1.0}),  # the middle of the first twenty degrees
        (30, {1: 1.0}),
        (190, {0: 1.0}),  # the other way, the same edge
        (20, {0: 0.5, 1: 0.5}),  # half-way between the middles
        (15, {0: 0.75, 1: 0.25}),
        (0, {0: 0.5, 8: 0.5}),  # 170 and 10 degrees are neighbours
        (175, {8: 0.75, 0: 0.25}),
    ],
)
def test_an_edge_votes_for_the_nearest_two_orientations(degrees, shares):
    inner = oriented_gradients(ramp(degrees, 32, 32)).reshape(9, 9, 4)[4]  # the block that touches no edge
    expected = torch.zeros(9)
    for orientation, share in shares.items():
        expected[orientation] = share
    # four cells alike, each number cut at 0.2 of the length, then made of length 1 again
    expected = (expected / (2 * expected.norm())).clamp(max=0.2)
    expected = (expected / (2 * expected.norm()))[:, None].expand(9, 4)
    torch.testing.assert_close(inner, expected, atol=2e-4, rtol=0)


def test_one_bright_pixel_by_hand():
    pixels = torch.zeros(1, 3, 16, 16)
    pixels[0, 1, 4, 4] = 1.0  # green, in the first cell
    cells = of_one_block(pixels)
    # left and right of it an edge of 0 degrees, half of 10 and half of 170; above and below one of 90 degrees
    votes = torch.zeros(4, 9)
    votes[0, [0, 8]], votes[0, 4] = 1.0, 2.0
    votes = (votes / votes.norm()).clamp(max=0.2)
    torch.testing.assert_close(cells, votes / votes.norm(), atol=1e-4, rtol=0)


def test_the_colour_that_changes_most_votes():
    grey = ramp(10)
    mixed = torch.cat([grey[:, :1], 0.5 * ramp(100)[:, :1], torch.zeros_like(grey[:, :1])], dim=1)
    torch.testing.assert_close(of_one_block(mixed)[:, 0], of_one_block(grey)[:, 0], atol=0.02, rtol=0)
    assert oriented_gradients(torch.full((1, 3, 16, 16), 0.3)).abs().max() == 0


def test_places_are_blocks_and_what_fills_no_cell_has_no_say():
    posters = torch.rand(2, 3, 30, 23)
    found = oriented_gradients(posters)
    assert found.shape == (2, 2, 36)
    assert found.shape[1] * found.shape[2] == n_gradients(30, 23)
    posters[:, :, 25:] = posters[:, :, :5]  # row 24 is seen by row 23's gradient, and no further
    torch.testing.assert_close(oriented_gradients(posters), found)
    assert found.norm(dim=2).max() <= 1 + 1e-6


def test_shares_of_colours():
    pixels = torch.zeros(1, 3, 6, 4)
    pixels[0, 0, :2, :2] = 1.0  # red above on the left: 3 of 0..3
    pixels[0, 2, 5, 3] = 0.5  # a quarter of the last part half blue
    found = colours(pixels)[0]
    assert found.shape == (3, 2, 64)
    assert found[0, 0, 3 * 16] == 1
    assert found[0, 1, 0] == found[1, 0, 0] == 1
    torch.testing.assert_close(found[2, 1, [0, 2]], torch.tensor([0.75, 0.25]).sqrt())
    torch.testing.assert_close(found.square().sum(-1), torch.ones(3, 2))


def test_bytes_and_floats_are_the_same_poster():
    posters = torch.randint(0, 256, (2, 3, 24, 16), dtype=torch.uint8)
    torch.testing.assert_close(histograms(posters), histograms(posters.float() / 255))


def test_it_is_standardised_by_the_training_posters_alone():
    random = np.random.default_rng(0)
    movies = [
        Movie(str(n), None, ArrayPoster(random.integers(0, 256, (24, 16, 3), dtype=np.uint8)))
        for n in range(70)
    ] + [Movie("none", None, None)]
    table = encode_movies(movies, ("Drama",), SMALL, None, read_posters=True)
    entry = ENCODERS["histogram"]
    encoder = entry.from_blueprint(SMALL, entry.blueprint(SMALL, None)).eval()
    encoder.adapt(None, table)
    with torch.no_grad():
        found = torch.cat([encoder(batch).pooled for batch in table.batches()])
    assert found.shape == (71, n_gradients(24, 16) + 384)
    assert torch.equal(found[-1], torch.zeros(found.shape[1]))  # an absent poster is the mean one
    varied = found[:70].std(dim=0, correction=0) > 0
    width = found.shape[1]
    torch.testing.assert_close(found[:70].mean(0), torch.zeros(width), atol=1e-5, rtol=0)
    scaled = found[:70].std(dim=0, correction=0)[varied] * width**0.5
    torch.testing.assert_close(scaled, torch.ones(int(varied.sum())), atol=1e-2, rtol=0)


def test_the_smallest_posters():
    entry = ENCODERS["histogram"]
    settings = Settings(**PosterSettings(poster_height=16, poster_width=16).model_dump())
    assert entry.blueprint(settings, None) == {"width": 36 + 384}
