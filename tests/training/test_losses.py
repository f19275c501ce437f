"""Focal and asymmetric loss: the papers' formulas, worked by hand; the contrastive one against torch."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from cinefuse.training.losses import (
    AsymmetricLoss,
    FocalLoss,
    LossSettings,
    WeightedBCE,
    contrastive_loss,
)

ONES = torch.ones(2)
# probabilities 0.8 and 0.1 of a movie that has the first genre, 0.5 and 0.04 of one that has the second
PROBABILITIES = torch.tensor([[0.8, 0.1], [0.5, 0.04]])
LOGITS = torch.logit(PROBABILITIES)
TRUTH = torch.tensor([[1.0, 0.0], [0.0, 1.0]])


def value(loss):
    return loss(LOGITS, TRUTH).item()


def test_focal_by_hand():
    by_hand = (
        -(0.2**2) * math.log(0.8) - 0.1**2 * math.log(0.9) - 0.5**2 * math.log(0.5) - 0.96**2 * math.log(0.04)
    )
    assert value(FocalLoss(ONES, 2.0)) == pytest.approx(by_hand / 4, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("alpha", [0.25, 0.9])
def test_focal_is_torchvisions(gamma, alpha):
    """`torchvision.ops.sigmoid_focal_loss`: alpha_t (1 - p_t)^gamma times the cross-entropy."""
    p_t = PROBABILITIES * TRUTH + (1 - PROBABILITIES) * (1 - TRUTH)
    alpha_t = alpha * TRUTH + (1 - alpha) * (1 - TRUTH)
    theirs = (alpha_t * (1 - p_t) ** gamma * -p_t.log()).mean().item()
    weight = alpha / (1 - alpha)
    assert value(FocalLoss(weight * ONES, gamma)) == pytest.approx(theirs / (1 - alpha), rel=1e-5)


def test_asymmetric_by_hand():
    by_hand = (
        -(0.2**1) * math.log(0.8)  # the movie has it
        - 0.05**4 * math.log(0.95)  # 0.1 - 0.05
        - 0.45**4 * math.log(0.55)
        - 0.96**1 * math.log(0.04)
    )
    assert value(AsymmetricLoss(ONES, 1.0, 4.0, 0.05)) == pytest.approx(by_hand / 4, rel=1e-5)


def test_without_focus_and_clip_all_three_are_cross_entropy():
    weights = torch.tensor([1.0, 3.0])
    expected = pytest.approx(value(WeightedBCE(weights)), rel=1e-6)
    assert value(FocalLoss(weights, 0.0)) == expected
    assert value(AsymmetricLoss(weights, 0.0, 0.0, 0.0)) == expected


def test_asymmetric_with_equal_powers_and_no_clip_is_focal():
    assert value(AsymmetricLoss(ONES, 2.0, 2.0, 0.0)) == pytest.approx(value(FocalLoss(ONES, 2.0)), rel=1e-6)


def test_a_genre_that_the_movie_has_not_costs_nothing_up_to_the_clip():
    logits = torch.logit(torch.tensor([[0.049, 1e-6]])).requires_grad_()
    loss = AsymmetricLoss(ONES, 1.0, 4.0, 0.05)(logits, torch.zeros(1, 2))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad.tolist() == [[0, 0]]


@pytest.mark.parametrize("power", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_small_powers_have_finite_gradients_too(power, clip):
    losses = (FocalLoss(ONES, power), AsymmetricLoss(ONES, power, power, clip))
    for loss in losses:
        logits = torch.tensor([[100.0, -100.0], [-100.0, 100.0]]).requires_grad_()
        loss(logits, TRUTH).backward()
        assert torch.isfinite(logits.grad).all()


def test_the_numbers_come_from_the_settings():
    settings = LossSettings(
        focal_gamma=0.5,
        asymmetric_gamma_positive=0.25,
        asymmetric_gamma_negative=3.0,
        asymmetric_clip=0.1,
    )
    assert FocalLoss.build(ONES, settings).gamma == 0.5
    built = AsymmetricLoss.build(ONES, settings)
    assert (built.gamma_positive, built.gamma_negative, built.clip) == (0.25, 3.0, 0.1)


def test_the_contrastive_loss_is_the_cross_entropy_of_genres_drawn_evenly():
    similarity = torch.tensor([[2.0, 0.5, -1.0], [0.0, 1.0, 0.3], [5.0, 5.0, 5.0]])
    genres = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    evenly = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    # a film without genres has no say
    torch.testing.assert_close(contrastive_loss(similarity, genres), cross_entropy(similarity[:2], evenly))


def test_the_contrastive_loss_of_films_without_genres_is_nothing():
    assert contrastive_loss(torch.ones(2, 3), torch.zeros(2, 3)) == 0
