"""Training that knows of the 8-bit weights to come (quantisation-aware training).

Every step computes with the weights as an export will round them, and moves the ones behind: the gradient
passes straight through (Bengio et al. 2013, https://arxiv.org/abs/1308.3432; Jacob et al. 2018,
https://arxiv.org/abs/1712.05877). At the end the weights are what they are rounded to, so that an export
changes none of them; what is multiplied with them it rounds row by row, of which training knows nothing. An
encoder that is frozen as a whole stays as it is: what it makes was made beforehand.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from cinefuse.model import GenreModel
from cinefuse.training.matrices import encoder_matrices

MOST = 64  # the largest whole number in a matrix of an export: 7 bits and a sign
NEAREST_ZERO = 1e-12  # a row of one value has no range to divide by


def rounded(weight: Tensor) -> Tensor:
    """(N, K) weights as whole multiples of a scale for each of N outputs, whose largest is `MOST` of them."""
    scales = weight.abs().amax(dim=1, keepdim=True).clamp(min=NEAREST_ZERO) / MOST
    return (weight / scales).round() * scales


@torch.no_grad()
def round_weights(model: GenreModel) -> None:
    """Gives the large matrices of encoders that are trained the weights that they are rounded to."""
    for weight in rounded_matrices(model):
        weight.copy_(rounded(weight))


@contextmanager
def rounded_weights(model: GenreModel) -> Iterator[None]:
    """While it is open, the model computes with rounded weights; those behind come back at its end.

    Gradients that are found in it stay, and are for those behind.
    """
    behind = [(weight, weight.detach().clone()) for weight in rounded_matrices(model)]
    round_weights(model)
    try:
        yield
    finally:
        for weight, exact in behind:
            weight.data.copy_(exact)


def rounded_matrices(model: GenreModel) -> list[nn.Parameter]:
    """Of every encoder of which anything is trained all large matrices: what is trained meets the others."""
    learning = {
        id(one)
        for parameters in model.pretrainable().values()
        if any(one.requires_grad for one in parameters)
        for one in parameters
    }
    return [one for one in encoder_matrices(model, nn.Linear).values() if id(one) in learning]
