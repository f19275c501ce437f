"""Quick dropout does what torch's does, with other numbers."""

import pytest
import torch
from torch import nn

from cinefuse.encoders.dropout import QuickDropout, drop, drop_quickly


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.9])
def test_share_and_scale(chance):
    torch.manual_seed(0)
    kept = drop(torch.ones(999, 501), chance)
    assert (kept == 0).float().mean().item() == pytest.approx(chance, abs=0.003)
    assert kept.mean().item() == pytest.approx(1, abs=0.03)
    assert len(kept.unique()) == 2
    # one drawn number decides over two neighbours, and yet they fall alone
    both = (kept.flatten()[:-1:2] == 0) & (kept.flatten()[1::2] == 0)
    assert both.float().mean().item() == pytest.approx(chance**2, abs=0.003)


def test_nothing_and_everything():
    values = torch.randn(3, 5)
    assert drop(values, 0) is values
    assert not drop(values, 1).any()


def test_the_seed_decides():
    values = torch.randn(7, 3)
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        drawn.append(drop(values, 0.5))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_gradients_go_where_values_went():
    values = torch.ones(40, requires_grad=True)
    kept = drop(values, 0.5)
    kept.sum().backward()
    assert torch.equal(values.grad, kept)


def test_every_dropout_of_a_model_is_replaced():
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.3), nn.Identity()))
    names = set(model.state_dict())
    drop_quickly(model)
    assert isinstance(model[1][0], QuickDropout)
    assert model[1][0].p == 0.3
    assert set(model.state_dict()) == names
    ones = torch.ones(1, 2)
    assert torch.equal(model[1].eval()(ones), ones)
