"""Linear heads fitted by scikit-learn, on what encoders that learn nothing make of the training films.

Late fusion's two heads are fitted each on the films that have its part, and its share is the one that suits
dev best, as the best epoch is of a model that is trained.
"""

import time
from collections.abc import Mapping

import numpy as np
import torch
from scipy.sparse import csr_matrix, vstack
from torch import nn

from cinefuse.encoders import Recalled
from cinefuse.features.table import FeatureTable
from cinefuse.fusion.late import LateFusion
from cinefuse.inference import MODALITIES, score_conditions
from cinefuse.model import GenreModel
from cinefuse.progress import say, track
from cinefuse.training.learners import Features, Task, learn
from cinefuse.training.losses import genre_weights
from cinefuse.training.selection import dev_scores
from cinefuse.training.settings import TrainingSettings

SHARES = np.linspace(0.05, 0.95, 19)  # of the text, that late fusion may take
MOSTLY_ZERO = 0.3  # share of numbers that are not 0, up to which features are kept sparse


def fit_heads(
    name: str, model: GenreModel, train: FeatureTable, dev: FeatureTable, settings: TrainingSettings
) -> float:
    """Fits every head of `model`, in place; returns the seconds that it took."""
    began = time.monotonic()
    for modality, head in _heads(model).items():
        has_part = np.array([MODALITIES[modality] not in lacking for lacking in train.all_lacking()])
        features = encode_all(model.encoders[modality], train)[has_part]
        genres = train.genres[torch.from_numpy(has_part)]
        weights = genre_weights(genres, settings.class_weights).tolist()
        columns = zip(genres.numpy().T, weights, strict=True)
        lines = [
            learn(Task(features, column, weight, settings.seed), settings)
            for column, weight in track(columns, f"{name}: genres by {modality}", len(weights))
        ]
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(np.stack([line.weights for line in lines])))
            head.bias.copy_(torch.tensor([line.bias for line in lines]))
    if isinstance(model.fusion, LateFusion):
        model.fusion.alpha_logit.data = torch.logit(torch.tensor(best_share(model, dev, settings)))
    return time.monotonic() - began


@torch.no_grad()
def encode_all(encoder: nn.Module, table: FeatureTable) -> Features:
    """(N, D) in double precision, sparse where most of it is 0."""
    assert isinstance(encoder, Recalled)
    found = vstack([csr_matrix(encoder.eval()(batch).pooled.numpy()) for batch in table.batches()])
    found = found.tocsr().astype(np.float64)
    return found if found.nnz <= MOSTLY_ZERO * np.prod(found.shape) else found.toarray()


def best_share(model: GenreModel, dev: FeatureTable, settings: TrainingSettings) -> float:
    """The text's share by which dev scores best; of films that lack a part, the other has all."""
    both, text, vision = score_conditions(model, dev, [(), ("vision",), ("text",)])
    complete = np.array([not lacking for lacking in dev.all_lacking()])[:, None]
    targets = dev.genres.numpy()
    scores = {
        float(share): dev_scores(np.where(complete, share * text + (1 - share) * vision, both), targets)
        for share in SHARES
    }
    best = max(scores, key=lambda share: scores[share][settings.select_by])
    say(f"share of the plot {best:.2f}, by dev")
    return best


def _heads(model: GenreModel) -> Mapping[str, nn.Linear]:
    """Modality -> its linear head."""
    fusion = model.fusion
    named = (
        {"text": fusion.text, "vision": fusion.vision}
        if isinstance(fusion, LateFusion)
        else dict.fromkeys(model.encoders, model.head)
    )
    return {modality: _linear(head) for modality, head in named.items()}


def _linear(head: nn.Module) -> nn.Linear:
    (only,) = (part for part in head.modules() if isinstance(part, nn.Linear))
    return only
