"""Pixel values as an encoder's weights expect them."""

import numpy as np
import pytest
import torch

from cinefuse.encoders.pixels import PixelNorm


def test_each_channel_by_hand():
    poster = torch.tensor([255, 51, 0], dtype=torch.uint8).view(1, 3, 1, 1)  # 1, 0.2 and 0 of 1
    norm = PixelNorm([0.5, 0.2, 0.25], [0.5, 0.1, 0.125])
    assert norm(poster).flatten().tolist() == pytest.approx([1.0, 0.0, -2.0], abs=1e-6)


def test_imagenets_constants_unless_told_otherwise():
    generator = torch.Generator().manual_seed(0)
    posters = torch.randint(0, 256, (2, 3, 5, 4), generator=generator, dtype=torch.uint8)
    expected = (posters.numpy() / 255 - np.reshape([0.485, 0.456, 0.406], (3, 1, 1))) / np.reshape(
        [0.229, 0.224, 0.225], (3, 1, 1)
    )
    normed = PixelNorm()(posters)
    assert normed.dtype == torch.float32
    np.testing.assert_allclose(normed.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_augmented_posters_are_0_to_1_already():
    posters = torch.arange(48, dtype=torch.uint8).view(1, 3, 4, 4)
    torch.testing.assert_close(PixelNorm()(posters.float() / 255), PixelNorm()(posters))


def test_the_constants_are_no_part_of_the_weights():
    assert PixelNorm().state_dict() == {}


def test_pixels_lie_together_in_training_alone():
    posters, norm = torch.zeros(2, 3, 5, 4), PixelNorm()
    assert norm(posters).is_contiguous(memory_format=torch.channels_last)
    assert norm.eval()(posters).is_contiguous()
