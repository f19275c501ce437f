"""Every registered loss, because it is registered."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

from cinefuse.training.losses import LOSSES, LossSettings, WeightedBCE, genre_weights

TRUTH = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]])


@pytest.fixture(params=list(LOSSES))
def loss(request):
    return LOSSES[request.param].build(torch.tensor([1.0, 3.0]), LossSettings(), TRUTH)


def test_it_is_a_finite_number_and_less_for_better_logits(loss):
    good, bad = 4 * (2 * TRUTH - 1), -4 * (2 * TRUTH - 1)
    assert loss(good, TRUTH).shape == ()
    assert torch.isfinite(loss(1e4 * bad, TRUTH))
    assert loss(good, TRUTH) < loss(torch.zeros_like(TRUTH), TRUTH) < loss(bad, TRUTH)


def test_it_averages_so_that_twice_the_movies_cost_the_same(loss):
    logits = torch.tensor([[0.3, -1.0], [0.1, 0.2], [2.0, -0.4], [-1.0, 0.0]])
    torch.testing.assert_close(loss(logits, TRUTH), loss(logits.repeat(2, 1), TRUTH.repeat(2, 1)))


def test_it_works_in_float32_whatever_the_model_used(loss):
    assert loss(torch.zeros(4, 2, dtype=torch.bfloat16), TRUTH).dtype == torch.float32


def test_its_gradient_is_finite_however_sure_the_model_is(loss):
    for size in (0.0, 1.0, 100.0, 1e4):
        for sign in (TRUTH, 1 - TRUTH):
            logits = (size * (2 * sign - 1)).requires_grad_()
            loss(logits, TRUTH).backward()
            assert torch.isfinite(logits.grad).all(), (size, logits.grad)


def test_it_pulls_every_logit_towards_the_truth(loss):
    logits = torch.zeros_like(TRUTH).requires_grad_()
    loss(logits, TRUTH).backward()
    assert (logits.grad.sign() == 1 - 2 * TRUTH).all()


def test_a_genre_that_weighs_more_costs_more_where_it_is_missed_only():
    light, heavy = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 5.0])
    for name in LOSSES:
        cheap, dear = (LOSSES[name].build(weights, LossSettings(), TRUTH) for weights in (light, heavy))
        missed, invented = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
        nothing = torch.zeros(1, 2)
        assert dear(nothing, missed) > cheap(nothing, missed), name
        assert dear(nothing, invented) == cheap(nothing, invented), name


def test_weighted_bce_is_scikit_learns_log_loss():
    logits = torch.tensor([[0.3], [0.1], [2.0], [-1.0]])
    truth = TRUTH[:, :1]
    expected = log_loss(
        truth.numpy().ravel(),
        torch.sigmoid(logits.double()).numpy().ravel(),
        sample_weight=np.where(truth.numpy().ravel() == 1, 3.0, 1.0),
        normalize=False,
    )
    assert WeightedBCE(torch.tensor([3.0]))(logits, truth).item() == pytest.approx(expected / 4, rel=1e-6)


def test_balanced_weights_are_negatives_over_positives():
    balanced = genre_weights(TRUTH, "balanced")
    for column, weight in enumerate(balanced.tolist()):
        zero, one = compute_class_weight("balanced", classes=np.array([0, 1]), y=TRUTH[:, column].numpy())
        assert weight == pytest.approx(one / zero)
    torch.testing.assert_close(genre_weights(TRUTH, "sqrt"), balanced.sqrt())
    assert genre_weights(TRUTH, "none").tolist() == [1, 1]


def test_a_genre_without_a_movie_or_without_an_exception_has_a_finite_weight():
    assert genre_weights(torch.tensor([[0.0, 1.0], [0.0, 1.0]]), "balanced").tolist() == [1.0, 0.5]
