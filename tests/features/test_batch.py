"""The tensor container."""

import torch

from cinefuse.features.batch import Batch


def test_what_a_model_does_not_read_is_left_out():
    batch = Batch(posters=torch.zeros(2, 3, 4, 4), has_poster=torch.tensor([True, False]))
    assert set(batch.tensors()) == {"posters", "has_poster"}
    assert Batch().tensors() == {}


def test_it_is_made_again_of_its_tensors():
    batch = Batch(plot_tokens=torch.ones(1, 2), genres=torch.zeros(1, 3))
    again = Batch(**batch.tensors())
    assert again.plot_tokens is batch.plot_tokens
    assert again.genres is batch.genres
    assert again.posters is None


def test_all_of_it_moves():
    moved = Batch(plot_tokens=torch.ones(1, 2), has_plot=torch.tensor([True])).to(torch.device("meta"))
    assert {tensor.device.type for tensor in moved.tensors().values()} == {"meta"}
    assert moved.posters is None
