"""Training, from a model with its first weights to the best epoch's."""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_model
from transformers import EarlyStoppingCallback
from transformers.trainer_callback import TrainerCallback

from cinefuse import processes
from cinefuse.bundle import storing
from cinefuse.errors import RunError
from cinefuse.features.table import FeatureTable
from cinefuse.frozen import with_frozen
from cinefuse.inference import best_device, score_table
from cinefuse.model import GenreModel
from cinefuse.progress import say
from cinefuse.training.averaging import EPOCHS, EpochKeeper, averaged
from cinefuse.training.checkpoints import (
    begun_in,
    best_weights,
    last_whole_checkpoint,
    read_state,
    was_the_end,
)
from cinefuse.training.events import Events
from cinefuse.training.freed_memory import freed_memory_kept
from cinefuse.training.heads import fit_heads
from cinefuse.training.pruning import zeros_kept
from cinefuse.training.remembering import Remembering
from cinefuse.training.rounding import round_weights
from cinefuse.training.selection import dev_scores
from cinefuse.training.settings import TrainingSettings
from cinefuse.training.sharing import SharingTrainer
from cinefuse.training.trainer import GenreTrainer
from cinefuse.training.watch import Watch

History = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training made.

    Attributes:
        dev: with what frozen encoders made of it, so that whoever scores it next need not run them.
        history: one row an epoch: loss, learning rate, dev scores, seconds; none without epochs.
        seconds: of all epochs together, also of those before a run was broken off.
        averaged: the epochs whose weights the model is the average of; empty for the best epoch's alone.
    """

    model: GenreModel
    dev: FeatureTable
    history: History
    seconds: float
    averaged: tuple[int, ...] = ()


def fit(
    name: str,
    model: GenreModel,
    train: FeatureTable,
    dev: FeatureTable,
    settings: TrainingSettings,
    directory: Path,
    callbacks: Sequence[TrainerCallback] = (),
) -> Fitted:
    """Trains `model`, going on from the last whole checkpoint in `directory/checkpoints` if there is one.

    Called by each of several processes, they train it together; heads that scikit-learn fits are fitted by
    the first alone. Returns with the weights of the best epoch on
    dev. The checkpoints are the caller's to delete, once what came of them is safe; what was logged stays in
    `directory/events`, unless `report_to` is none. `callbacks` are told of every epoch, after our own.

    Raises:
        RunError: if the checkpoint was taken by more or fewer processes than there are now.
        StorageError: if the disk refuses.
        ProcessError: if one of several processes fails.
    """
    if settings.learner != "gradient":
        # the first one's model is the one that is scored and saved
        seconds = processes.by_first(lambda: fit_heads(name, model, train, dev, settings))
        return Fitted(model, dev, [], seconds)
    checkpoint = processes.by_first(lambda: _go_on_from(directory))
    state = processes.by_first(lambda: read_state(checkpoint) if checkpoint else None)
    # from here on whoever fails ends all: the others wait for it at the next step, or the next model's
    with processes.bound_together(), storing(directory):
        with processes.first_goes_ahead():
            train, dev = with_frozen(model, [train, dev], best_device(), posters_vary=settings.varies)
        if checkpoint and state and was_the_end(state):
            load_model(model, best_weights(checkpoint, state), strict=False)  # frozen encoders are not in it
            model.to(best_device())
            log = state["log_history"]
        else:
            watching = [EarlyStoppingCallback(settings.early_stopping_patience), Watch(name), *callbacks]
            log = _train(model, train, dev, settings, directory, checkpoint, watching)
        history = _by_epoch(log)
        epochs = processes.by_first(lambda: _average(name, model, train, dev, settings, directory))
        if settings.quantisation_aware:
            round_weights(model)
    return Fitted(model, dev, history, sum(row.get("seconds", 0.0) for row in history), epochs)


def _average(
    name: str,
    model: GenreModel,
    train: FeatureTable,
    dev: FeatureTable,
    settings: TrainingSettings,
    directory: Path,
) -> tuple[int, ...]:
    """Averages epochs, where the settings say so; says which. The first process does, which saves."""
    if settings.averaging == "none":
        return ()

    def on_dev() -> float:
        if settings.quantisation_aware:
            round_weights(model)  # whatever is averaged comes out rounded
        return dev_scores(score_table(model, dev), dev.genres.numpy())[settings.select_by]

    best = on_dev()
    epochs = averaged(model, settings, directory / "checkpoints", on_dev, train)
    if not epochs:
        say(f"{name}: training ended before there was anything to average: the best epoch is kept")
    else:
        told, by = ", ".join(map(str, epochs)), settings.select_by
        say(f"{name}: {settings.averaging} of epochs {told}: dev {by} {best:.4f} -> {on_dev():.4f}")
    return epochs


def _train(
    model: GenreModel,
    train: FeatureTable,
    dev: FeatureTable,
    settings: TrainingSettings,
    directory: Path,
    checkpoint: Path | None,
    callbacks: list[TrainerCallback],
) -> History:
    """The Trainer's log of a training from that checkpoint, or from the first step."""
    trainer_class = GenreTrainer if processes.count() == 1 else SharingTrainer
    with freed_memory_kept(), ExitStack() as opened:
        if settings.report_to != "none" and processes.is_first():
            callbacks.append(opened.enter_context(closing(Events(directory / "events"))))
        head = model.recalling(train.recalled & dev.recalled)
        if head.graph is not None and head.graph.remembers:
            callbacks.append(Remembering(head, train, rounded=settings.quantisation_aware))
        trainer = trainer_class(head, train, dev, settings, str(directory / "checkpoints"), callbacks)
        if settings.averaging != "none":
            folder = directory / "checkpoints"
            trainer.add_callback(EpochKeeper(head, trainer.is_frozen, settings, folder))
        if settings.pruning:  # the trainer has brought the model to where it is trained
            opened.enter_context(zeros_kept(head))
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    # takes mixed precision off again: whoever scores the model from now on scores it as it is saved
    trainer.accelerator.unwrap_model(head, keep_fp32_wrapper=False)
    model.to(trainer.args.device)
    log: History = trainer.state.log_history
    return log


def _go_on_from(directory: Path) -> Path | None:
    """The last whole checkpoint; what is of no use beside it, or without one, is deleted."""
    checkpoints = directory / "checkpoints"
    checkpoint = last_whole_checkpoint(checkpoints)
    for broken in set(checkpoints.glob("checkpoint-*")) - _worth_keeping(checkpoints, checkpoint):
        shutil.rmtree(broken)
    if checkpoint is None:
        shutil.rmtree(directory / "events", ignore_errors=True)
        shutil.rmtree(checkpoints / EPOCHS, ignore_errors=True)
    elif begun_in(checkpoint) != processes.count():
        raise RunError(
            f"{directory}: was begun in {begun_in(checkpoint)} processes, and here are {processes.count()}; "
            "go on in as many, for the same numbers, or give another --out"
        )
    return checkpoint


def _worth_keeping(directory: Path, last: Path | None) -> set[Path]:
    """Every checkpoint up to the last whole one: the best is among them."""
    if last is None:
        return set()
    step = int(last.name.rpartition("-")[2])
    return {
        folder for folder in directory.glob("checkpoint-*") if int(folder.name.rpartition("-")[2]) <= step
    }


def _by_epoch(log: History) -> History:
    """The Trainer's rows, those of one epoch joined, without its prefixes."""
    rows: dict[int, dict[str, Any]] = {}
    for entry in log:
        if "loss" in entry or "eval_f1_macro" in entry:
            row = rows.setdefault(round(entry["epoch"]), {})
            row |= {key.removeprefix("eval_"): value for key, value in entry.items()}
    return [row | {"epoch": epoch} for epoch, row in sorted(rows.items())]
