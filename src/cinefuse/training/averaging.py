"""The weights of several epochs of one training, averaged into one model.

soup  greedy soup (Wortsman et al. 2022, https://arxiv.org/abs/2203.05482, algorithm 1): from the best epoch
      on dev downwards, each is added to the average if dev does not fall by it. What is averaged there are
      runs; here it is the epochs of one. Statistics of batch norms are averaged with the weights.
swa   stochastic weight averaging (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407, algorithm 1, one
      model an epoch): all epochs after `swa_start`, then statistics of batch norms anew, of training films.
      The learning rate stays the schedule's.

On the disk, beside the checkpoints and gone with them: of a soup the `MOST` best epochs' trained weights, of
swa two averages. Frozen encoders are not in them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from transformers import TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import TrainerCallback

from cinefuse import processes
from cinefuse.features.table import FeatureTable
from cinefuse.training.settings import TrainingSettings

MOST = 5  # epochs of a soup: the sixth best has hardly ever a place in it
EPOCHS = "epochs"  # a folder among the checkpoints

Weights = dict[str, Tensor]
Score = Callable[[], float]  # of the model as it is, on dev


@dataclass(frozen=True, slots=True)
class Kept:
    """An epoch's file.

    Attributes:
        score: on dev, by `select_by`.
        count: how many epochs are in it: 1, or in a running average more.
    """

    path: Path
    epoch: int
    step: int
    score: float
    count: int


class EpochKeeper(TrainerCallback):
    """Keeps what is averaged at the end; the same files in a run that was resumed.

    Args:
        model: that is trained.
        is_frozen: whether a weight of that name is never trained.
        settings: of the training.
        directory: of the checkpoints.
    """

    def __init__(
        self,
        model: nn.Module,
        is_frozen: Callable[[str], bool],
        settings: TrainingSettings,
        directory: Path,
    ) -> None:
        self._model, self._is_frozen, self._settings = model, is_frozen, settings
        self._folder = directory / EPOCHS

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Lets go of epochs after the one that is gone on from: they come again."""
        del args, control
        if processes.is_first():
            for one in read_kept(self._folder):
                if one.step > state.global_step:
                    one.path.unlink()

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Keeps the epoch, or adds it to the average, and lets go of what is not needed any more."""
        del args, control
        if not processes.is_first():
            return
        epoch, score = round(state.epoch or 0), (metrics or {})[f"eval_{self._settings.select_by}"]
        kept, new = read_kept(self._folder), self._weights()
        now = Kept(self._folder / f"{epoch:04}.safetensors", epoch, state.global_step, score, 1)
        if self._settings.averaging == "soup":
            _write(new, now)
            needless = best_first([*kept, now])[MOST:]
        elif epoch > self._settings.swa_start * self._settings.max_epochs:
            if kept:
                now = replace(now, count=kept[-1].count + 1)
                new = add_to_mean(read_weights(kept[-1].path), new, now.count)
            _write(new, now)
            needless = kept[:-1]  # the last one stays: its checkpoint may be the one to go on from
        else:
            needless = []
        for one in needless:
            one.path.unlink()

    def _weights(self) -> Weights:
        return {
            name: tensor.detach().cpu().clone().contiguous()
            for name, tensor in self._model.state_dict().items()
            if not self._is_frozen(name)
        }


def _write(weights: Weights, kept: Kept) -> None:
    kept.path.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.path.with_suffix(".partial")
    told = {name: repr(getattr(kept, name)) for name in ("epoch", "step", "score", "count")}
    save_file(weights, partial, told)
    partial.replace(kept.path)


def read_kept(folder: Path) -> list[Kept]:
    """What is kept there, in the order of epochs."""
    found = []
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            told = file.metadata()
        epoch, step, count = (int(told[name]) for name in ("epoch", "step", "count"))
        found.append(Kept(path, epoch, step, float(told["score"]), count))
    return found


def read_weights(path: Path) -> Weights:
    """An epoch's weights, in memory of their own: the file may be gone before they are."""
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- no mapping


def best_first(kept: list[Kept]) -> list[Kept]:
    """By their score; of equal ones the earlier first."""
    return sorted(kept, key=lambda one: (-one.score, one.epoch))


def add_to_mean(mean: Weights, new: Weights, count: int) -> Weights:
    """The mean of `count` models, from that of all but the last, and the last, whose counters are taken."""
    return {
        name: mean[name] + (tensor - mean[name]) / count if tensor.is_floating_point() else tensor
        for name, tensor in new.items()
    }


def averaged(
    model: nn.Module, settings: TrainingSettings, directory: Path, score: Score, train: FeatureTable
) -> tuple[int, ...]:
    """Gives the model the average of what was kept; returns the epochs in it.

    None, and the model as it was, where training stopped before there was anything to average.

    Args:
        model: with its best epoch's weights.
        settings: of the training.
        directory: of the checkpoints.
        score: dev's, of the model as it is.
        train: for statistics of batch norms.
    """
    kept = read_kept(directory / EPOCHS)
    if not kept:
        return ()
    if settings.averaging == "soup":
        return _soup(model, best_first(kept), score)
    last = kept[-1]
    model.load_state_dict(read_weights(last.path), strict=False)
    estimate_statistics(model, train, settings.batch_size, settings.seed)
    return tuple(range(last.epoch - last.count + 1, last.epoch + 1))


def _soup(model: nn.Module, ranked: list[Kept], score: Score) -> tuple[int, ...]:
    inside = [ranked[0].epoch]
    mean = read_weights(ranked[0].path)
    model.load_state_dict(mean, strict=False)
    best = score()
    for one in ranked[1:]:
        with_it = add_to_mean(mean, read_weights(one.path), len(inside) + 1)
        model.load_state_dict(with_it, strict=False)
        found = score()
        if found >= best:
            mean, best = with_it, found
            inside.append(one.epoch)
    model.load_state_dict(mean, strict=False)
    return tuple(sorted(inside))


def learned_norms(model: nn.Module) -> list[_BatchNorm]:
    """Its batch norms whose statistics training learns; the model is left in the mode that it was in."""
    was_training = model.training
    model.train()
    norms = [one for one in model.modules() if isinstance(one, _BatchNorm) and one.training]
    model.train(was_training)
    return norms


@torch.no_grad()
def estimate_statistics(model: nn.Module, table: FeatureTable, batch_size: int, seed: int) -> None:
    """Gives batch norms that learn their statistics those of the films of the table, batch after batch.

    In an order drawn by `seed`, for films of a genre may stand side by side; what is left over at the end by
    batches of that size is left out. All else is as in scoring. Without such norms nothing happens.
    """
    was_training, norms = model.training, learned_norms(model)
    model.eval()
    momenta = [one.momentum for one in norms]
    for one in norms:
        one.reset_running_stats()
        one.train()
        one.momentum = None  # a mean over batches, each as much as any other
    device = next(model.parameters()).device
    # a black poster in the place of one that is not there would have its say
    whole = [place for place, lacking in enumerate(table.all_lacking()) if "poster" not in lacking]
    drawn = torch.randperm(len(whole), generator=torch.Generator().manual_seed(seed)).tolist()
    order = [whole[place] for place in drawn]
    for start in range(0, max(len(order) - batch_size, 0) + 1, batch_size) if norms and order else ():
        model(table.batch(order[start : start + batch_size]).to(device))
    for one, momentum in zip(norms, momenta, strict=True):
        one.momentum = momentum
    model.train(was_training)
