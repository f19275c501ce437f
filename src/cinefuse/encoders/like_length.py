"""Long plots with long, short with short: a batch read in groups that hardly pad.

A processor gains twice: it multiplies no padding, and what a group needs fits its caches and the memory that
it already holds (a tensor of 32 MiB or more is asked of the system each time, page by page).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

TOKENS = 1_024  # of a group, padding included; half and twice as many are slower (docs/log.md)


def like_length(lengths: Sequence[int], most: int = TOKENS) -> list[list[int]]:
    """Rows in groups, longest first, none of more than `most` tokens when padded, unless a row alone is.

    >>> like_length([3, 9, 2, 8], most=18)
    [[1, 3], [0, 2]]
    """
    groups: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= most:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def read_by_length(
    read: Callable[[Tensor, Tensor], Tensor],
    tokens: Tensor,
    mask: Tensor,
    embed: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """What `read` makes of plots and their mask, group by group: (B, L, D), zero behind a group's longest.

    Args:
        read: (b, l) or, embedded, (b, l, D) and the mask (b, l) -> (b, l, D).
        tokens: (B, L).
        mask: (B, L) bool, True for a plot's own words, which come first.
        embed: token numbers (N,) -> vectors (N, D), of all groups at once: its gradient has a row for every
            word there is. None where `read` embeds.
    """
    lengths = mask.sum(dim=1).tolist()
    groups = like_length(lengths)
    longest = [lengths[rows[0]] for rows in groups]
    cut = [tokens[rows, :length] for rows, length in zip(groups, longest, strict=True)]
    if embed is not None:
        vectors = torch.split(
            embed(torch.cat([part.flatten() for part in cut])), [part.numel() for part in cut]
        )
        cut = [found.view(*part.shape, -1) for found, part in zip(vectors, cut, strict=True)]
    read_parts = [
        # (b, l, D) -> (b, L, D)
        pad(read(part, mask[rows, :length]), (0, 0, 0, tokens.shape[1] - length))
        for part, rows, length in zip(cut, groups, longest, strict=True)
    ]
    back = torch.tensor([row for rows in groups for row in rows], device=tokens.device).argsort()
    return torch.cat(read_parts).index_select(0, back)
