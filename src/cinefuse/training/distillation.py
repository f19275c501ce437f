"""Learning from a teacher: a run or an ensemble whose probabilities stand beside the films' own genres.

Hinton et al. 2015, Distilling the knowledge in a neural network (https://arxiv.org/abs/1503.02531), for films
that have several genres: binary cross-entropy in place of the softmax's. The teacher is asked once, before
training; of films that have nothing it reads, it says nothing, and their genres alone are learned from.
"""

from collections.abc import Callable, Sequence
from math import log
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from cinefuse.corpus.movie import Movie
from cinefuse.ensembles.opening import AnyPredictor, open_trained
from cinefuse.ensembles.predictor import EnsemblePredictor
from cinefuse.errors import RunError
from cinefuse.progress import say

LARGEST_LOGIT = log(1e6)  # a teacher that is as good as certain


def open_teacher(teacher: str | Path, genres: Sequence[str]) -> AnyPredictor:
    """The teacher in that folder, of a student that is to tell these genres.

    Raises:
        RunError: if there is no whole run or ensemble in that folder, or its genres are others.
    """
    with torch.random.fork_rng(
        devices=[]
    ):  # a model is built of random weights first: not at our seed's cost
        opened = open_trained(teacher)
    if tuple(opened.genres) != tuple(genres):
        raise RunError(
            f"teacher={teacher}: its genres are {', '.join(opened.genres)}, and here are "
            f"{', '.join(genres)}; allowed is a run or an ensemble of the same genres in the same order"
        )
    return opened


def ask(teacher: AnyPredictor, movies: Sequence[Movie], learned: Sequence[Movie] | None) -> Tensor:
    """(N, G) calibrated probabilities of the movies' genres; NaN for one that the teacher reads nothing of.

    Args:
        teacher: of `open_teacher`.
        movies: any.
        learned: the train split, where the teacher has learned from the same films; None where it has not.
    """
    if learned is not None and isinstance(teacher, EnsemblePredictor) and teacher.folds:
        say(f"{teacher.name}: each film of the train split is told by members that have not learned from it")
        told = teacher.predict_unseen(movies, learned)
    else:
        told = teacher.predict(movies)
    rows = [
        [np.nan] * len(one.probabilities)
        if len(one.lacking) == len(teacher.reads)
        else list(one.probabilities.values())
        for one in told
    ]
    return torch.tensor(np.array(rows, dtype=np.float32).reshape(len(movies), len(teacher.genres)))


def distilled(
    loss: Callable[[Tensor, Tensor], Tensor],
    logits: Tensor,
    genres: Tensor,
    taught: Tensor,
    *,
    weight: float,
    temperature: float,
) -> Tensor:
    """The loss of B films, in which the teacher's word counts `weight`, and that of films' genres the rest.

    Args:
        loss: of logits and genres, a mean over films.
        logits: (B, G).
        genres: (B, G), 0 or 1.
        taught: (B, G) probabilities, NaN for films that the teacher said nothing of.
        weight: from 0 to 1.
        temperature: logits of both are divided by it, and the teacher's part is multiplied by its square, as
            gradients shrink by that much (the paper, section 2).
    """
    known = ~taught.isnan().any(dim=1)
    share = known.float().mean()
    total = logits.new_zeros((), dtype=torch.float32)
    if known.any():
        soft = teaching_loss(logits[known], taught[known], temperature)
        total = total + share * ((1 - weight) * loss(logits[known], genres[known]) + weight * soft)
    if not known.all():
        total = total + (1 - share) * loss(logits[~known], genres[~known])
    return total


def teaching_loss(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """Mean binary cross-entropy between both at that temperature, times its square."""
    softened = torch.sigmoid(torch.logit(taught).clamp(-LARGEST_LOGIT, LARGEST_LOGIT) / temperature)
    return temperature**2 * binary_cross_entropy_with_logits(logits.float() / temperature, softened)
