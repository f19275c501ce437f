"""One movie that a model can be asked about again and again, with other words or another poster."""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from cinefuse.corpus.movie import Movie
from cinefuse.encoders import Encoded
from cinefuse.features.batch import Batch
from cinefuse.fusion import PEOPLE
from cinefuse.inference import Predictor
from cinefuse.model import GenreModel


def own_copy(predictor: Predictor) -> Predictor:
    """The same predictor with modules of its own, over the same weights in memory.

    Hooks, modes and gradients are the copy's alone: the model may be scoring in another thread.
    """
    model = predictor.bundle.model
    shared = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    own = copy.deepcopy(model, dict(shared)).eval()
    for part in own.modules():
        if isinstance(part, nn.RNNBase):
            # cuDNN has a backward pass in training mode alone, which differs by nothing but the dropout
            part.dropout = 0.0
            part.train()
    return predictor.over(own)


class Probe:
    """A movie with one genre in question; what stays the same is encoded once.

    Attributes:
        batch: the movie, B = 1, on the model's device.
        lacking: "plot" and "poster", where the model reads it and the movie has none that can be read.
        knows_people: whether the model knows anybody who made the movie.
    """

    def __init__(self, predictor: Predictor, movie: Movie, genre: str) -> None:
        self._model: GenreModel = predictor.bundle.model
        self._verdict = predictor.bundle.record.verdict()
        self._column = predictor.genres.index(genre)
        table = predictor.features([replace(movie, genres=())], tell=False)
        (self.lacking,) = table.all_lacking()
        self.batch = table.batch([0]).to(next(self._model.parameters()).device)
        with torch.no_grad():
            self._encoded = self._model.encode(self.batch)
        self.knows_people = PEOPLE in self._encoded and bool(self._encoded[PEOPLE].mask.any())

    def encoder(self, modality: str) -> nn.Module:
        """The encoder of that modality ("text" or "vision")."""
        return self._model.encoders[modality]

    def logits(self, tokens: Tensor) -> Tensor:
        """The genre's logits (S,) for the same movie with other words.

        Args:
            tokens: (S, L) in place of the plot's own (1, L).
        """
        assert self.batch.plot_mask is not None, "the movie has no plot"
        size = len(tokens)
        here = torch.ones(size, dtype=torch.bool, device=tokens.device)
        text = Batch(
            plot_tokens=tokens, plot_mask=self.batch.plot_mask.expand(size, -1).contiguous(), has_plot=here
        )
        return self._ask("text", text, size)

    def probabilities(self, posters: Tensor) -> Tensor:
        """The genre's calibrated probabilities (S,) for the same movie with other posters.

        Args:
            posters: (S, 3, H, W) float in 0..1.
        """
        size = len(posters)
        here = torch.ones(size, dtype=torch.bool, device=posters.device)
        with torch.no_grad():
            logits = self._ask("vision", Batch(posters=posters, has_poster=here), size)
        # the verdict judges all genres at once: the others are none of our business
        scores = np.zeros((size, len(self._verdict.genres)), dtype=np.float32)
        scores[:, self._column] = torch.sigmoid(logits.float()).cpu().numpy()
        lacking = [self.lacking] * size
        told = self._verdict.calibrated(self._verdict.aligned(scores, lacking), lacking)
        return torch.from_numpy(told[:, self._column]).to(posters)  # on its device, which may know no float64

    def _ask(self, modality: str, batch: Batch, size: int) -> Tensor:
        """(S,) logits, of what `modality` says of the batch beside what the other says of the movie."""
        new = self._model.encoders[modality](batch)
        encoded = {
            name: new if name == modality else _repeated(one, size) for name, one in self._encoded.items()
        }
        return self._model.join(encoded).logits[:, self._column]


def _repeated(one: Encoded, size: int) -> Encoded:
    """One movie's (1, ...) as (S, ...)."""
    return Encoded(
        one.tokens.expand(size, -1, -1),
        one.mask.expand(size, -1),
        one.pooled.expand(size, -1),
        {name: weights.expand(size, *weights.shape[1:]) for name, weights in one.weights.items()},
        one.grid,
        None if one.present is None else one.present.expand(size),
    )
