"""Which films an epoch has, and in which order: films with plots of like length stand together.

Every epoch draws from torch's own generator, whose state a checkpoint keeps, and nothing is carried over from
one to the next: a resumed run sees the same batches.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Sampler

from cinefuse.errors import CorpusError
from cinefuse.features.table import FeatureTable


def make_sampler(
    how: Literal["shuffled", "class-aware"], table: FeatureTable, batch_size: int
) -> Sampler[int]:
    """Indices into the table, as many as it has films; see `TrainingSettings.sampling`."""
    if how == "class-aware":
        return ClassAwareSampler(table.genres, table.lengths, batch_size)
    return EveryFilmSampler(table.lengths, batch_size)


class EveryFilmSampler(Sampler[int]):
    """Every film once.

    Args:
        lengths: (N,) numbers of tokens.
        batch_size: films of like length are put together in batches of so many.
    """

    def __init__(self, lengths: NDArray[np.int32], batch_size: int) -> None:
        self._lengths, self._batch_size = lengths, batch_size

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        return map(int, in_batches_of_like_length(self._lengths, self._batch_size))


class ClassAwareSampler(Sampler[int]):
    """Draws a genre, then a film of it: rare genres are seen as often as common ones.

    Shen et al. 2016 (https://arxiv.org/abs/1512.05830); for films with several genres as in
    Wu et al. 2020 (https://arxiv.org/abs/2007.09654). Genres come in turns, all in another order each time,
    and so do the films of a genre; a film without a genre never comes.

    Args:
        genres: (N, G), of the training split.
        lengths: (N,) numbers of tokens.
        batch_size: films of like length are put together in batches of so many.
    """

    def __init__(self, genres: Tensor, lengths: NDArray[np.int32], batch_size: int) -> None:
        films = [column.nonzero().flatten() for column in genres.T]
        self._films = [of_genre for of_genre in films if len(of_genre)]
        self._lengths, self._batch_size = lengths, batch_size
        if not self._films:
            raise CorpusError(
                "sampling=class-aware: no training film has a genre to be drawn by; allowed is "
                "sampling=shuffled, or films with genres"
            )

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        turns = _in_turns(torch.arange(len(self._films)))
        of_genre = [_in_turns(films) for films in self._films]
        films = (next(of_genre[genre]) for genre in islice(turns, len(self)))
        drawn = np.fromiter(films, np.int64, len(self))
        return map(int, drawn[in_batches_of_like_length(self._lengths[drawn], self._batch_size)])


def in_batches_of_like_length(lengths: NDArray[np.int32], batch_size: int) -> NDArray[np.int64]:
    """(N,) all places, batch by batch; the batches in random order, but for two.

    As transformers groups them, they go from the longest plots to the shortest, fifty batches at a time, and
    every epoch of a small corpus ends on its shortest: that learned worse than no grouping (docs/log.md).
    What needs most memory still comes first, so that what does not fit fails at once; what is not a whole
    batch comes last.
    """
    order = _grouped(lengths, batch_size)
    n_batches = len(order) // batch_size
    batches = order[: n_batches * batch_size].reshape(n_batches, batch_size)
    # the first stays where it is
    drawn = 1 + torch.randperm(max(0, n_batches - 1)).numpy()
    batches[1:] = batches[drawn]
    return order


def _grouped(lengths: NDArray[np.int32], batch_size: int) -> NDArray[np.int64]:
    """As `transformers.trainer_pt_utils.get_length_grouped_indices`, in eight bytes a film, not a hundred."""
    order = torch.randperm(len(lengths)).numpy()
    together = min(len(lengths) // (batch_size * 4), 50) * batch_size or batch_size
    for start in range(0, len(order), together):
        group = order[start : start + together]
        group[:] = group[np.argsort(-lengths[group], kind="stable")]
    if len(order):
        firsts = order[::together]
        longest = lengths[firsts].argmax()
        firsts[[0, longest]] = firsts[[longest, 0]]
    return order


def _in_turns(members: Tensor) -> Iterator[int]:
    """All of them, in another order each time, without end."""
    orders = (members[torch.randperm(len(members))].numpy() for _ in iter(int, 1))
    return map(int, chain.from_iterable(orders))
