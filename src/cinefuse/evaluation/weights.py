"""What a model weighed, watched while a split is scored and summed up batch by batch.

Films that lack a plot or a poster that the model reads are left out, and so is padding.
"""

import math

import torch
from tokenizers import Tokenizer
from torch import Tensor

from cinefuse.evaluation.attention import PlaceTally, WordTally
from cinefuse.evaluation.tally import GateTally, Plots, ShareTally, Tally, TrainedTally
from cinefuse.evaluation.words import Words
from cinefuse.features.batch import Batch
from cinefuse.model import ModelOutput
from cinefuse.results import RunWeights


class WeightSummary:
    """Shown every batch (see `inference.Watch`), it keeps sums, and no batch.

    Args:
        genres: the model's, in order.
        tokenizer: the model's; None where it reads no plots.
    """

    def __init__(self, genres: tuple[str, ...], tokenizer: Tokenizer | None) -> None:
        self._genres = genres
        self._tokenizer = tokenizer
        self._tallies: dict[str, Tally] = {}

    def __call__(self, batch: Batch, output: ModelOutput) -> None:
        """Adds a batch."""
        if not output.weights:
            return
        whole = torch.ones(len(output.logits), dtype=torch.bool)
        for present in (batch.has_plot, batch.has_poster):
            whole = whole if present is None else whole & present.cpu()
        plots = None
        if batch.plot_tokens is not None and batch.plot_mask is not None:
            plots = Plots(batch.plot_tokens.cpu()[whole], batch.plot_mask.cpu()[whole])
        for name, weights in output.weights.items():
            if name not in self._tallies:
                self._tallies[name] = self._begin(name, weights, output.grid)
            given = weights.float().cpu()
            if given.dim() < 2:  # the same for every film
                self._tallies[name].add(given, plots)
            elif whole.any():
                self._tallies[name].add(given[whole], plots)

    def record(self, split: str) -> RunWeights:
        """The sums as means."""
        ended = {name: tally.end() for name, tally in self._tallies.items()}
        return RunWeights(split=split, weights={name: one for name, one in ended.items() if one is not None})

    def _begin(self, name: str, weights: Tensor, grid: tuple[int, int] | None) -> Tally:
        if weights.dim() == 0:
            return ShareTally()
        if weights.dim() == 1:
            return TrainedTally(None if name.endswith("_by_layer") else self._genres)
        if name.endswith("_to_places") and weights.dim() == 3:
            return PlaceTally(grid if grid and math.prod(grid) == weights.shape[2] else None)
        if name.endswith(("_to_words", "word_attention")) and self._tokenizer is not None:
            return WordTally(Words(self._tokenizer))
        if weights.dim() == 2:
            return GateTally(self._genres)
        raise TypeError(
            f"weights '{name}' of shape {tuple(weights.shape)}: no tally knows how to sum them up"
        )
