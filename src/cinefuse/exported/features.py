"""Movies as the arrays that an exported graph reads: the features of training, in batches without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cinefuse.features.lacking import all_lacking
from cinefuse.features.links import Links
from cinefuse.features.plots import EncodedPlots
from cinefuse.features.posters import EncodedPosters
from cinefuse.prediction import Lacking

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ExportedFeatures:
    """N movies, of which what the model does not read is None."""

    n_movies: int
    plots: EncodedPlots | None
    posters: EncodedPosters | None
    links: Links | None = None

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
        return named | (self.links.batch(indices) if self.links else {})
