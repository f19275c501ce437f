"""Losses: the papers' formulas, worked by hand and written down again in NumPy."""

import math

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch.nn.functional import cross_entropy

from cinefuse.training.losses import (
    AsymmetricLoss,
    ClassBalancedLoss,
    DistributionBalancedLoss,
    FocalLoss,
    LossSettings,
    WeightedBCE,
    contrastive_loss,
)
from cinefuse.training.losses.class_balanced import class_balance

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
    assert FocalLoss.build(ONES, settings, TRUTH).gamma == 0.5
    built = AsymmetricLoss.build(ONES, settings, TRUTH)
    assert (built.gamma_positive, built.gamma_negative, built.clip) == (0.25, 3.0, 0.1)


# six films of three genres: the first has 4, the second 2, the third 1; the last film has none
FILMS = torch.tensor([[1.0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0], [0, 0, 0]])
GUESSES = torch.tensor([[0.3, -1.0, 0.2], [2.0, 0.1, -3.0], [-0.5, 0.7, 0.0], [1.1, -2.0, 0.4], [0, 1, 2.0]])


def test_class_balance_by_hand():
    # with beta 0.5, films 4, 2, 1 have 1.875, 1.5 and 1 effective ones
    weights = np.array([1 / 1.875, 1 / 1.5, 1.0])
    expected = weights * 3 / weights.sum()
    np.testing.assert_allclose(class_balance(torch.tensor([4.0, 2.0, 1.0]), 0.5), expected, rtol=1e-6)


def test_class_balance_is_none_at_0_and_inverse_frequency_near_1():
    films = torch.tensor([1000.0, 10.0, 1.0])
    np.testing.assert_allclose(class_balance(films, 0.0), [1, 1, 1])
    inverse = 1 / films.numpy()
    np.testing.assert_allclose(class_balance(films, 1 - 1e-12), inverse * 3 / inverse.sum(), rtol=1e-3)


def test_a_genre_without_a_film_counts_as_one_film():
    assert class_balance(torch.tensor([0.0, 1.0]), 0.9).tolist() == [1, 1]


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.9999])
def test_class_balanced_is_weighted_cross_entropy(beta):
    loss = ClassBalancedLoss.build(torch.ones(3), LossSettings(class_balanced_beta=beta), FILMS)
    truth, p = FILMS[:5].numpy().astype(float), expit(GUESSES.numpy().astype(float))
    effective = np.array([sum(beta**k for k in range(n)) for n in (4, 2, 1)])  # 1 + beta + beta^2 + ...
    weights = 3 / effective / (1 / effective).sum()
    expected = np.mean(weights * -(truth * np.log(p) + (1 - truth) * np.log(1 - p)))
    assert loss(GUESSES, FILMS[:5]).item() == pytest.approx(expected, rel=1e-5)


def distribution_balanced(**numbers):
    settings = LossSettings(**{f"distribution_{name}": number for name, number in numbers.items()})
    return DistributionBalancedLoss.build(torch.ones(3), settings, FILMS)


def test_distribution_balanced_weights_by_hand():
    balance = distribution_balanced(alpha=0.1, beta=10.0, mu=0.3).balance(FILMS)
    # the fourth film has all three: drawn by them it comes at 1/4 + 1/2 + 1 = 7/4
    by_hand = [0.1 + 1 / (1 + math.exp(-10 * (r - 0.3))) for r in (1 / 7, 2 / 7, 4 / 7)]
    assert balance[3].tolist() == pytest.approx(by_hand, rel=1e-5)
    # the first has the first alone: 1, and what it has not weighs by its rarity too, 2 and 4
    by_hand = [0.1 + 1 / (1 + math.exp(-10 * (r - 0.3))) for r in (1, 2, 4)]
    assert balance[0].tolist() == pytest.approx(by_hand, rel=1e-5)
    assert balance[4].tolist() == pytest.approx([1.1] * 3)  # it has none


def test_distribution_balanced_by_hand():
    loss = distribution_balanced(alpha=0.0, beta=0.0, kappa=0.5, **{"lambda": 2.0})  # every weight is a half
    # the second genre has 2 of 6 films: its logits go down by 0.5 log(6 / 2 - 1)
    shift = 0.5 * math.log(2)
    assert loss.shifts[1].item() == pytest.approx(shift)
    has_not = (math.log(1 + math.exp(2 * (0.4 - shift)))) / 2
    has = math.log(1 + math.exp(-(0.4 - shift)))
    one = torch.tensor([[-1e4, 0.4, -1e4]])  # the others cost nothing
    assert loss(one, torch.zeros(1, 3)).item() == pytest.approx(0.5 * has_not / 3, rel=1e-5)
    one = torch.tensor([[1e4, 0.4, -1e4]])
    assert loss(one, torch.tensor([[1.0, 1, 0]])).item() == pytest.approx(0.5 * has / 3, rel=1e-5)


@pytest.mark.parametrize(
    "numbers",
    [{}, {"alpha": 0.5, "beta": 3.0, "mu": 0.9, "kappa": 0.3, "lambda": 2.0}],
    ids=["defaults", "others"],
)
def test_distribution_balanced_is_the_formula_in_numpy(numbers):
    loss = distribution_balanced(**numbers)
    told = {"alpha": 0.1, "beta": 10.0, "mu": 0.3, "kappa": 0.05, "lambda": 5.0} | numbers
    n, n_films, genres = np.array([4.0, 2.0, 1.0]), 6, 3
    total = 0.0
    for truth, logits in zip(FILMS[:4].tolist(), GUESSES[:4].tolist(), strict=True):
        instance = sum(1 / n[j] for j in range(genres) if truth[j]) / genres
        for i in range(genres):
            r = 1 / n[i] / genres / instance
            weight = told["alpha"] + expit(told["beta"] * (r - told["mu"]))
            bias = -np.log(1 / (n[i] / n_films) - 1)
            u = logits[i] + told["kappa"] * bias
            term = np.log1p(np.exp(-u)) if truth[i] else np.log1p(np.exp(told["lambda"] * u)) / told["lambda"]
            total += weight * term
    assert loss(GUESSES[:4], FILMS[:4]).item() == pytest.approx(total / 12, rel=1e-5)


def test_genres_of_no_film_or_of_every_film_cost_a_finite_number():
    films = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    loss = DistributionBalancedLoss.build(ONES, LossSettings(), films)
    assert torch.isfinite(loss(torch.zeros(2, 2), films))
    assert torch.isfinite(loss(torch.zeros(2, 2), 1 - films))


def test_the_contrastive_loss_is_the_cross_entropy_of_genres_drawn_evenly():
    similarity = torch.tensor([[2.0, 0.5, -1.0], [0.0, 1.0, 0.3], [5.0, 5.0, 5.0]])
    genres = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    evenly = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    # a film without genres costs nothing, and counts as one of the batch
    expected = cross_entropy(similarity[:2], evenly, reduction="sum") / 3
    torch.testing.assert_close(contrastive_loss(similarity, genres), expected)


def test_the_contrastive_loss_of_films_without_genres_is_nothing():
    assert contrastive_loss(torch.ones(2, 3), torch.zeros(2, 3)) == 0
