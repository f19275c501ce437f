"""Movies as the arrays that an exported graph reads: the features of training, in batches without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from cinefuse.corpus.movie import Movie
from cinefuse.exported.record import ReadingSettings
from cinefuse.features.lacking import all_lacking
from cinefuse.features.plots import EncodedPlots, encode_plots
from cinefuse.features.posters import EncodedPosters, encode_posters
from cinefuse.prediction import Lacking

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ExportedFeatures:
    """N movies, of which a modality that the model does not read is None."""

    n_movies: int
    plots: EncodedPlots | None
    posters: EncodedPosters | None

    def __len__(self) -> int:
        return self.n_movies

    @property
    def lengths(self) -> NDArray[np.int32]:
        """(N,) numbers of tokens, for grouping batches by length; all 1 where no plot is read."""
        return self.plots.tokens.lengths if self.plots else np.ones(self.n_movies, dtype=np.int32)

    def all_lacking(self) -> list[Lacking]:
        """What the model reads and each movie has not."""
        return all_lacking(self.plots, self.posters, self.n_movies)

    def batch(self, indices: Sequence[int]) -> Arrays:
        """The movies at `indices` under the names, and in the shapes, of `features.batch.Batch`."""
        named: Arrays = {}
        if self.plots:
            chosen = self.plots.tokens.at(indices)
            lengths = np.array([len(tokens) for tokens in chosen])
            # (B, L), True where a token may be read
            mask = np.arange(lengths.max())[None, :] < lengths[:, None]
            tokens = np.full(mask.shape, self.plots.padding, dtype=np.int64)
            tokens[mask] = np.concatenate(chosen)
            present = np.array([self.plots.present[index] for index in indices])
            named |= {"plot_tokens": tokens, "plot_mask": mask, "has_plot": present}
        if self.posters:
            here = np.array([self.posters.present[index] for index in indices])
            named |= {"posters": self.posters.pixels[list(indices)], "has_poster": here}
        return named


def read_movies(
    movies: Sequence[Movie], settings: ReadingSettings, tokenizer: Tokenizer | None, *, read_posters: bool
) -> ExportedFeatures:
    """Makes arrays of `movies`; `tokenizer` is None for a model that reads no plots."""
    plots = (
        encode_plots([movie.plot for movie in movies], tokenizer, settings.max_tokens) if tokenizer else None
    )
    posters = encode_posters(movies, settings, tell=False) if read_posters else None
    return ExportedFeatures(len(movies), plots, posters)
