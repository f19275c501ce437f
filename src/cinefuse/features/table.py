"""Movies as tensors, ready to be cut into batches: the end of the features stage."""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from hashlib import blake2b

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from cinefuse.corpus.movie import Movie
from cinefuse.features.batch import Batch
from cinefuse.features.frozen import FrozenRows
from cinefuse.features.lacking import all_lacking
from cinefuse.features.links import Links
from cinefuse.features.people import PeopleSettings
from cinefuse.features.plot_store import kept_plots
from cinefuse.features.plots import EncodedPlots, PlotSettings, encode_plots
from cinefuse.features.poster_store import kept_posters
from cinefuse.features.posters import EncodedPosters, PosterSettings, encode_posters


class FeatureSettings(PlotSettings, PosterSettings, PeopleSettings):
    """How movies become tensors."""


class FeatureTable(Dataset[int]):
    """N movies as tensors. Batches pad to their own longest plot and no further.

    Attributes:
        genres: (N, G) bool.
        lengths: (N,) numbers of tokens, for grouping batches by length; all 1 where no plot is read.
        absent: reason -> number of movies that lack a modality that the model reads.
        whole: a table that has these movies among others, and the row of each there; None for its own.
    """

    def __init__(self, plots: EncodedPlots | None, posters: EncodedPosters | None, genres: Tensor) -> None:
        self.genres = genres
        self._plots, self._posters = plots, posters
        self._frozen: dict[str, FrozenRows] = {}
        self._taught: Tensor | None = None
        self._links: Links | None = None
        self.whole: tuple[FeatureTable, Sequence[int]] | None = None
        self.lengths = plots.tokens.lengths if plots else np.ones(len(genres), dtype=np.int32)
        self.absent: Counter[str] = Counter(posters.absent if posters else {})
        if plots and not all(plots.present):
            self.absent["plot missing"] += plots.present.count(False)

    def __len__(self) -> int:
        return len(self.genres)

    def __getitem__(self, index: int) -> int:
        """The index itself: `batch` makes tensors of many at once, which is faster than one by one."""
        return index

    def all_lacking(self) -> list[tuple[str, ...]]:
        """Which of "plot" and "poster" the model reads and each movie has not."""
        return all_lacking(self._plots, self._posters, len(self))

    def digest(self, modality: str) -> bytes:
        """What identifies the plots ("text") or posters ("vision") of this table."""
        digest = blake2b(self.genres.shape[0].to_bytes(8, "big"))
        if modality == "text" and self._plots:
            digest.update(self.lengths.astype(np.int64).data)
            for tokens in self._plots.tokens:
                digest.update(tokens.data)
        if modality == "vision" and self._posters:
            digest.update(repr(self._posters.pixels.shape).encode())
            digest.update(np.packbits(self._posters.present).data)
            digest.update(self._posters.digest or self._posters.pixels.data)
        return digest.digest()

    def with_frozen(self, frozen: dict[str, FrozenRows]) -> "FeatureTable":
        """The same movies, with what frozen encoders make of them, by modality, in place of their input."""
        table = copy(self)
        table._frozen = frozen
        return table

    def within(self, whole: "FeatureTable", rows: Sequence[int]) -> "FeatureTable":
        """The same movies, as these rows of another table: what is made of that serves them."""
        table = copy(self)
        table.whole = whole, rows
        return table

    def with_taught(self, taught: Tensor) -> "FeatureTable":
        """The same movies, with a teacher's probabilities (N, G) of their genres; NaN where it told none."""
        table = copy(self)
        table._taught = taught
        return table

    def with_links(self, links: Links) -> "FeatureTable":
        """The same movies, joined to the training films by their people."""
        table = copy(self)
        table._links = links
        return table

    @property
    def recalled(self) -> frozenset[str]:
        """Modalities of which batches hold what a frozen encoder made."""
        return frozenset(self._frozen)

    def batches(self, size: int = 64) -> Iterator[Batch]:
        """All movies in their order, so many at a time."""
        return (self.batch(range(start, min(start + size, len(self)))) for start in range(0, len(self), size))

    def batch(self, indices: Sequence[int]) -> Batch:
        """The movies at `indices`."""
        named = {"genres": self.genres[torch.as_tensor(indices)].float()}
        if self._taught is not None:
            named["taught"] = self._taught[torch.as_tensor(indices)]
        if self._plots:
            named["has_plot"] = torch.tensor([self._plots.present[index] for index in indices])
        if self._posters:
            named["has_poster"] = torch.tensor([self._posters.present[index] for index in indices])
        if self._links:
            named |= {name: torch.from_numpy(array) for name, array in self._links.batch(indices).items()}
        for modality, rows in self._frozen.items():
            named |= rows.batch(modality, indices)
        if self._plots and "text" not in self._frozen:
            chosen = [torch.from_numpy(tokens) for tokens in self._plots.tokens.at(indices)]
            tokens = pad_sequence(chosen, batch_first=True, padding_value=self._plots.padding)
            lengths = torch.tensor([len(tokens) for tokens in chosen])
            mask = torch.arange(tokens.shape[1])[None, :] < lengths[:, None]
            named |= {"plot_tokens": tokens, "plot_mask": mask}
        if self._posters and "vision" not in self._frozen:
            named["posters"] = torch.from_numpy(self._posters.at(indices))
        return Batch(**named)


def genre_matrix(movies: Sequence[Movie], genres: Sequence[str]) -> Tensor:
    """(N, G) bool, whether the movie has the genre."""
    column = {genre: number for number, genre in enumerate(genres)}
    matrix = torch.zeros((len(movies), len(genres)), dtype=torch.bool)
    for row, movie in enumerate(movies):
        for genre in movie.genres:
            matrix[row, column[genre]] = True
    return matrix


def films_of_genres(genres: Tensor) -> Tensor:
    """(G,) float, how many movies have each genre, of flags (N, G); their sum makes a larger copy of them."""
    return torch.tensor([int(column.count_nonzero()) for column in genres.T], dtype=torch.float32)


def encode_movies(
    movies: Sequence[Movie],
    genres: Sequence[str],
    settings: FeatureSettings,
    tokenizer: Tokenizer | None,
    *,
    read_posters: bool,
    tell: bool = True,
    keep: bool = False,
) -> FeatureTable:
    """Makes tensors of `movies`.

    Args:
        tokenizer: None for a model that reads no plots.
        read_posters: whether it reads those.
        tell: show how far reading the posters has come.
        keep: take tokens of plots and scaled posters from the disk and leave them there, as for splits of a
            corpus: they are read again and again.
    """
    plots = posters = None
    if tokenizer and keep:
        plots = kept_plots(movies, tokenizer, settings.max_tokens)
    elif tokenizer:
        plots = encode_plots((movie.plot for movie in movies), tokenizer, settings.max_tokens)
    if read_posters:
        posters = kept_posters(movies, settings) if keep else encode_posters(movies, settings, tell=tell)
    return FeatureTable(plots, posters, genre_matrix(movies, genres))
