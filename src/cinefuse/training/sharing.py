"""A training that several processes share: what differs from one process alone.

Each process trains on its share of the very batches that one alone would train on; gradients and the loss are
the mean over the films of the whole batch, however they fall to the processes.
"""

import warnings
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader, Sampler
from transformers import set_seed

from cinefuse import processes
from cinefuse.encoders.encoder import FEWEST
from cinefuse.errors import SettingsError
from cinefuse.training.settings import TrainingSettings
from cinefuse.training.trainer import GenreTrainer

APART = 1_000_003  # between the seeds of two processes: no training has both


def check_shares(settings: TrainingSettings) -> None:
    """Refuses a `batch_size` that the processes cannot share evenly: it is that of all together.

    Raises:
        SettingsError: if it is no multiple of their number, or leaves each a single film: a batch norm has no
            statistics of one.
    """
    if settings.learner != "gradient":
        return  # there are no batches
    count = processes.count()
    over, least = settings.batch_size % count, FEWEST * count
    if count > 1 and (over or settings.batch_size < least):
        less = settings.batch_size - over
        allowed = [str(size) for size in (less, less + count) if size >= least] or [str(least)]
        raise SettingsError(
            f"batch_size={settings.batch_size}: {count} processes share each batch evenly, {FEWEST} films "
            f"or more each; allowed is a multiple of {count}: batch_size={' or '.join(allowed)}, "
            "or fewer processes"
        )


class Shares(Sampler[list[int]]):
    """This process' share of every batch.

    The first process draws the order, as it would alone, and tells the others. Every second film (of two
    processes) is this one's: films of like length stand side by side, and all shares are equally long. Shares
    of a last batch that is not full differ by one film at most.
    """

    def __init__(self, order: Sampler[int], n_movies: int, batch_size: int, *, drop_last: bool) -> None:
        self._order, self._batch_size = order, batch_size
        self._end = n_movies - n_movies % batch_size if drop_last else n_movies

    def __iter__(self) -> Iterator[list[int]]:
        order = processes.by_first(lambda: np.fromiter(self._order, np.int64))
        for start in range(0, self._end, self._batch_size):
            whole = order[start : start + self._batch_size]
            yield whole[processes.index() :: processes.count()].tolist()

    def __len__(self) -> int:
        return ceil(self._end / self._batch_size)


class SharingTrainer(GenreTrainer):
    """`GenreTrainer` in one of several processes; the gradients' way between them is the Trainer's own."""

    def get_train_dataloader(self) -> DataLoader[int]:
        """Batches of this process; see `Shares`."""
        order = self._get_train_sampler()
        assert order is not None, "the table has lengths to sort by"
        size, drop_last = self.settings.batch_size, self.args.dataloader_drop_last
        return DataLoader(
            self.train_table,
            batch_sampler=Shares(order, len(self.train_table), size, drop_last=drop_last),
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Dropout, modality dropout and augmentation draw otherwise in each process; the first as alone."""
        if not processes.is_first():
            set_seed((self.settings.seed + APART * processes.index()) % 2**32)
        with warnings.catch_warnings():
            # accelerate has no other name for it yet; copying a gradient that is laid out otherwise is little
            warnings.filterwarnings("ignore", message="`broadcast_buffers` is deprecated")
            warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
            return super().train(*args, **kwargs)

    def _over_batch(self, loss: Tensor, n_movies: int) -> Tensor:
        """Weighted so that the mean over processes is that over the films of all shares."""
        own = loss.new_tensor(n_movies)
        return loss * (own * processes.count() / processes.add_up(own.clone()))

    def _loss_alone(self, alone: dict[str, Tensor], tensors: dict[str, Tensor]) -> Tensor:
        """As ever; heads of a modality that no film of this share has are waited for all the same."""
        loss = super()._loss_alone(alone, tensors)
        return loss + 0 * sum(logits.float().sum() for logits in alone.values())

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Scores dev with what batch norms learned in all processes."""
        for module in self.genre_model.modules():
            if isinstance(module, _BatchNorm) and module.training:
                average(module.running_mean)
                average(module.running_var)
        return super().evaluate(*args, **kwargs)

    def _save_rng_state(self, output_dir: str) -> None:
        """Everybody's random state, written by the first."""
        with TemporaryDirectory() as own:
            super()._save_rng_state(own)
            states = processes.gathered([(path.name, path.read_bytes()) for path in Path(own).iterdir()])
        if processes.is_first():
            for name, state in (one for process in states for one in process):
                (Path(output_dir) / name).write_bytes(state)


@torch.no_grad()
def average(statistics: Tensor | None) -> None:
    """Makes it the mean of everybody's, in place; None stays None."""
    if statistics is not None:
        processes.add_up(statistics).div_(processes.count())
