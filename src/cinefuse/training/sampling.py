"""Which films an epoch has, and in which order: films with plots of like length stand together.

Every epoch draws from torch's own generator, whose state a checkpoint keeps, and nothing is carried over from
one to the next: a resumed run sees the same batches.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Literal

import torch
from torch import Tensor
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import LengthGroupedSampler, get_length_grouped_indices

from cinefuse.errors import CorpusError
from cinefuse.features.table import FeatureTable


def make_sampler(
    how: Literal["shuffled", "class-aware"], table: FeatureTable, batch_size: int
) -> Sampler[int]:
    """Indices into the table, as many as it has films; see `TrainingSettings.sampling`."""
    if how == "class-aware":
        return ClassAwareSampler(table.genres, table.lengths, batch_size)
    return LengthGroupedSampler(batch_size, lengths=table.lengths)


class ClassAwareSampler(Sampler[int]):
    """Draws a genre, then a film of it: rare genres are seen as often as common ones.

    Shen et al. 2016 (https://arxiv.org/abs/1512.05830); for films with several genres as in
    Wu et al. 2020 (https://arxiv.org/abs/2007.09654). Genres come in turns, all in another order each time,
    and so do the films of a genre; a film without a genre never comes.

    Args:
        genres: (N, G), of the training split.
        lengths: N numbers of tokens.
        batch_size: films of like length are put together in batches of so many.
    """

    def __init__(self, genres: Tensor, lengths: Sequence[int], batch_size: int) -> None:
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
        drawn = [next(of_genre[genre]) for genre in islice(turns, len(self))]
        lengths = [self._lengths[film] for film in drawn]
        return (drawn[place] for place in get_length_grouped_indices(lengths, self._batch_size))


def _in_turns(members: Tensor) -> Iterator[int]:
    """All of them, in another order each time, without end."""
    return chain.from_iterable(members[torch.randperm(len(members))].tolist() for _ in iter(int, 1))
