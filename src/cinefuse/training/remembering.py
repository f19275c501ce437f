"""Before every epoch a graph's nodes are taken anew: what the fusion makes of the training films by now.

The checkpoint keeps nodes beside the weights that were scored with them.
"""

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import TrainerCallback

from cinefuse.features.table import FeatureTable
from cinefuse.model import GenreModel
from cinefuse.prediction import films_at_once
from cinefuse.training.rounding import rounded_weights


class Remembering(TrainerCallback):
    """Has the model's graph, which must be one that remembers, take the training films in.

    Args:
        model: that is trained.
        train: its films.
        rounded: whether it computes with rounded weights (see `rounding`).
    """

    def __init__(self, model: GenreModel, train: FeatureTable, *, rounded: bool = False) -> None:
        self._model, self._train, self._rounded = model, train, rounded

    def on_epoch_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Runs the fusion over the training films as they are: nothing dropped, no poster varied."""
        del args, state, control
        assert self._model.graph is not None, "the model has no graph"
        with rounded_weights(self._model) if self._rounded else nullcontext():
            self._model.graph.remember(fused_films(self._model, self._train))


@torch.no_grad()
def fused_films(model: GenreModel, table: FeatureTable) -> Tensor:
    """(N, D) what the fusion makes of the table's films; the model is left in the mode that it was in."""
    was_training, device = model.training, next(model.parameters()).device
    model.eval()
    order = np.argsort(table.lengths, kind="stable")
    size = sum(one.numel() for one in model.parameters())
    at_once = films_at_once(size, on_cpu=device.type == "cpu")
    rows = torch.zeros(len(table), model.fusion.out_features, device=device)
    for start in range(0, len(order), at_once):
        indices = order[start : start + at_once].tolist()
        rows[indices] = model.fused(table.batch(indices).to(device)).float()
    model.train(was_training)
    return rows
