"""Modality dropout: in training, movies lose their plot or their poster now and then.

Neverova et al. 2016 (ModDrop, https://arxiv.org/abs/1501.00102), with a learned stand-in in place of zeros.
"""

import torch
from torch import Tensor


def drop_modalities(tensors: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """A batch' tensors with `has_plot` or `has_poster` off for about that share of the movies with both.

    Draws from torch's own generator, whose state a checkpoint keeps. With a share of 0 it draws nothing.
    """
    if not share or not {"has_plot", "has_poster"} <= tensors.keys():
        return tensors
    has_plot, has_poster = tensors["has_plot"], tensors["has_poster"]
    chance = torch.rand(len(has_plot)).to(has_plot.device)
    both = has_plot & has_poster
    return tensors | {
        "has_plot": has_plot & ~(both & (chance < share / 2)),
        "has_poster": has_poster & ~(both & (chance >= share / 2) & (chance < share)),
    }
