"""transformers' Trainer, told five things: our batches, loss, dev score, two learning rates, rounded weights.

Everything else (mixed precision, gradient norm, schedules, checkpoints, resuming) is the library's.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Sampler
from transformers import Trainer
from transformers.trainer_callback import PrinterCallback, TrainerCallback

from cinefuse import processes
from cinefuse.encoders.encoder import FEWEST
from cinefuse.features.augmentation import Augmentation
from cinefuse.features.batch import Batch
from cinefuse.features.table import FeatureTable
from cinefuse.inference import MODALITIES, score_table
from cinefuse.model import GenreModel
from cinefuse.progress import say
from cinefuse.training.arguments import training_arguments
from cinefuse.training.distillation import distilled
from cinefuse.training.losses import LOSSES, contrastive_loss, genre_weights
from cinefuse.training.modality_dropout import drop_modalities
from cinefuse.training.rounding import rounded_weights
from cinefuse.training.sampling import make_sampler
from cinefuse.training.selection import dev_scores
from cinefuse.training.settings import TrainingSettings
from cinefuse.training.vanishing import forget_vanishing

HEADS_AT_ONCE = 256  # films


class GenreTrainer(Trainer):
    """Trains a `GenreModel` on one table of features and scores it on another after every epoch."""

    def __init__(
        self,
        model: GenreModel,
        train: FeatureTable,
        dev: FeatureTable,
        settings: TrainingSettings,
        directory: str,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        self.settings = settings
        self.genre_model = model
        self.train_table, self.dev_table = train, dev
        self._epoch_began = time.monotonic()
        arguments = training_arguments(settings, directory)
        left_over = len(train) % settings.batch_size
        if 0 < left_over < FEWEST * processes.count() and len(train) > left_over:
            # batch norm has no statistics of a single movie
            arguments.dataloader_drop_last = True
            how_many = "one" if left_over == 1 else left_over
            say(
                f"note: {len(train):,} movies leave {how_many} over in batches of {settings.batch_size}: "
                f"each epoch leaves out {how_many}, {'another' if left_over == 1 else 'others'} each time"
            )
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=train,
            eval_dataset=dev,
            data_collator=lambda indices: train.batch(indices).tensors(),
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        self._frozen_encoders = frozenset(model.frozen_encoders())
        weights = genre_weights(train.genres, settings.class_weights)
        self.loss = LOSSES[settings.loss].build(weights, settings, train.genres).to(self.args.device)
        self.augmentation = Augmentation(settings)

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        """Forward and back; with the weights rounded where they are to be."""
        with self._as_exported():
            return super().training_step(*args, **kwargs)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Drops modalities, augments the posters, runs the model, averages the loss over the batch."""
        del num_items_in_batch
        tensors = drop_modalities(dict(inputs), self.settings.modality_dropout)
        if "posters" in tensors:
            tensors["posters"] = self.augmentation(tensors["posters"])
        output = model(Batch(**tensors))
        loss = self._told_loss(output.logits, tensors)
        if self.genre_model.auxiliary_loss:
            loss = loss + self.genre_model.auxiliary_loss * self._loss_alone(output.alone, tensors)
        if output.anchored is not None:
            loss = loss + self.genre_model.contrastive * contrastive_loss(output.anchored, tensors["genres"])
        loss = self._over_batch(loss, len(tensors["genres"]))
        return (loss, output) if return_outputs else loss

    def _told_loss(self, logits: Tensor, tensors: dict[str, Tensor]) -> Tensor:
        """By the films' genres and, where there is one, by the teacher."""
        if "taught" not in tensors:
            return self.loss(logits, tensors["genres"])  # type: ignore[no-any-return]
        settings = self.settings
        return distilled(
            self.loss,
            logits,
            tensors["genres"],
            tensors["taught"],
            weight=settings.distillation_weight,
            temperature=settings.distillation_temperature,
        )

    def _over_batch(self, loss: Tensor, n_movies: int) -> Tensor:
        """The mean over the whole batch, of that over the movies that are here: all of it."""
        del n_movies
        return loss

    def _loss_alone(self, alone: dict[str, Tensor], tensors: dict[str, Tensor]) -> Tensor:
        """Of each modality's own logits, summed; a movie that lacks the modality counts as no loss."""
        loss = tensors["genres"].new_zeros(())
        for modality, logits in alone.items():
            present = tensors[f"has_{MODALITIES[modality]}"]
            if present.any():
                own = self.loss(logits[present], tensors["genres"][present])
                loss = loss + own * present.float().mean()
        return loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Scores dev, with the global threshold that suits it best, and tells the callbacks."""
        # a head alone has no use for the few films at once that large encoders are fastest with
        at_once = HEADS_AT_ONCE if self.genre_model.is_head else None
        with self._as_exported():
            probabilities = score_table(self.genre_model, self.dev_table, at_once, together=True)
        scores = dev_scores(probabilities, self.dev_table.genres.numpy())
        metrics = {f"eval_{name}": value for name, value in scores.items()}
        now = time.monotonic()
        metrics["eval_seconds"], self._epoch_began = now - self._epoch_began, now
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _as_exported(self) -> AbstractContextManager[None]:
        return rounded_weights(self.genre_model) if self.settings.quantisation_aware else nullcontext()

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Starts the clock of the first epoch, then trains."""
        self._epoch_began = time.monotonic()
        return super().train(*args, **kwargs)

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """AdamW over the pretrained and the new parameters, each at its own learning rate.

        Biases and norms are not decayed.
        """
        del model
        if self.optimizer is None:
            rates = learning_rates(self.genre_model, self.settings)
            decayed = set(self.get_decay_parameter_names(self.genre_model))
            groups: dict[tuple[float, float], list[nn.Parameter]] = {}
            for name, parameter in self.genre_model.named_parameters():
                if parameter.requires_grad:
                    rate = rates.get(id(parameter), self.settings.learning_rate)
                    decay = self.settings.weight_decay if name in decayed else 0.0
                    groups.setdefault((rate, decay), []).append(parameter)
            self.optimizer = torch.optim.AdamW(
                [
                    {"params": parameters, "lr": rate, "weight_decay": decay}
                    for (rate, decay), parameters in groups.items()
                ],
                betas=(0.9, 0.999),
                eps=1e-8,
                fused=True,
            )
            forget_vanishing(self.optimizer)
        return self.optimizer

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """A checkpoint holds what training changes; frozen encoders, most of a model, are loaded anew."""
        kept = {
            name: tensor
            for name, tensor in (state_dict or self.genre_model.state_dict()).items()
            if not self.is_frozen(name)
        }
        super()._save(output_dir, kept)

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        if not all(map(self.is_frozen, load_result.missing_keys)):
            super()._issue_warnings_after_load(load_result)

    def is_frozen(self, name: str) -> bool:
        """Whether that weight is of a frozen encoder; its stand-in is trained."""
        parts = name.split(".")
        return parts[0] == "encoders" and parts[1] in self._frozen_encoders and parts[-1] != "absent"

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int] | None:
        """The films of an epoch, those with plots of like length together; see `sampling`."""
        del train_dataset
        return make_sampler(self.settings.sampling, self.train_table, self.settings.batch_size)


def learning_rates(model: GenreModel, settings: TrainingSettings) -> dict[int, float]:
    """Parameter, by its `id` -> its learning rate, for those that start from pretrained weights."""
    rates: dict[int, float] = {}
    for modality, parameters in model.pretrained().items():
        rate = settings.vision_learning_rate if modality == "vision" else None
        for parameter in parameters:
            rates[id(parameter)] = rate or settings.pretrained_learning_rate
    return rates
