"""Encoders whose smallest weights are 0 from the first step on, and stay so.

By magnitude, of pretrained weights, before they are trained further: Gordon et al. 2020, Compressing BERT
(https://arxiv.org/abs/2002.08307), who prune each matrix by itself, as is done here. A model computes no
faster for its zeros, for nothing passes over them; its file is smaller once it is packed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from cinefuse.model import GenreModel
from cinefuse.training.matrices import encoder_matrices

KINDS = (nn.Linear, nn.Conv2d)


@torch.no_grad()
def prune(model: GenreModel, share: float) -> tuple[int, int]:
    """Sets that share of the weights of each of its encoders' large matrices and convolutions to 0.

    Returns:
        How many weights are 0 by it, and of how many.
    """
    weights = encoder_matrices(model, *KINDS).values()
    zeros = 0
    for weight in weights:
        flat = weight.view(-1)
        smallest = flat.abs().argsort(stable=True)[: round(share * flat.numel())]
        flat[smallest] = 0
        zeros += len(smallest)
    return zeros, sum(weight.numel() for weight in weights)


@contextmanager
def zeros_kept(model: GenreModel) -> Iterator[None]:
    """While it is open, no step moves a weight of theirs that is 0 now: its gradient is 0.

    AdamW's mean and decay of such a weight are 0, too, so that it stays what it is, to the last bit.
    """
    trained = [one for one in encoder_matrices(model, *KINDS).values() if one.requires_grad]
    handles: list[RemovableHandle] = [
        one.register_hook(partial(torch.mul, one.detach() != 0))  # type: ignore[no-untyped-call]
        for one in trained
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
