"""Histograms of oriented gradients (HOG, Dalal and Triggs 2005): which way edges run, place by place.

https://doi.org/10.1109/CVPR.2005.177, with the paper's best settings for gradients, cells, orientations and
blocks. Votes are shared between neighbouring orientations, as there, and not between neighbouring cells.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

CELL, BLOCK = 8, 2  # pixels of a cell, cells of a block, on each side
ORIENTATIONS = 9  # from 0 to 180 degrees: an edge has no direction
LARGEST = 0.2  # share of a block's length that one number may have before it is made 1 again
NEARLY_NONE = 1e-5  # length of a block that has no edges


def oriented_gradients(pixels: Tensor) -> Tensor:
    """(B, 3, H, W) float in 0..1 -> (B, P, 36), P places of blocks, row by row; each of length 1 or less.

    Pixels that fill no cell, at the right and below, have no say.
    """
    votes = _votes(*_gradients(pixels))
    cells = functional.avg_pool2d(votes, CELL)
    # (B, 9, h, w) -> (B, 36, P) -> (B, P, 36)
    blocks = functional.unfold(cells, BLOCK).transpose(1, 2)
    return _of_length_one(_of_length_one(blocks).clamp(max=LARGEST))


def n_gradients(height: int, width: int) -> int:
    """How many numbers it makes of a poster of that size: P * 36."""
    places = math.prod(size // CELL - BLOCK + 1 for size in (height, width))
    return places * ORIENTATIONS * BLOCK**2


def _gradients(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 1, H, W) across and down, of the colour that changes most; 0 at the edges."""
    across, down = torch.zeros_like(pixels), torch.zeros_like(pixels)
    across[..., 1:-1] = pixels[..., 2:] - pixels[..., :-2]
    down[..., 1:-1, :] = pixels[..., 2:, :] - pixels[..., :-2, :]
    strongest = (across**2 + down**2).argmax(dim=1, keepdim=True)
    return across.gather(1, strongest), down.gather(1, strongest)


def _votes(across: Tensor, down: Tensor) -> Tensor:
    """(B, 1, H, W) -> (B, 9, H, W), how strong it is, shared between the two nearest orientations."""
    orientation = torch.atan2(down, across) * (ORIENTATIONS / math.pi)  # in widths of one, either direction
    middles = torch.arange(ORIENTATIONS, device=across.device)[:, None, None] + 0.5
    apart = (orientation - middles).abs() % ORIENTATIONS
    apart = torch.minimum(apart, ORIENTATIONS - apart)
    return (across**2 + down**2).sqrt() * (1 - apart).clamp(min=0)


def _of_length_one(blocks: Tensor) -> Tensor:
    return blocks / (blocks.square().sum(dim=-1, keepdim=True) + NEARLY_NONE**2).sqrt()
