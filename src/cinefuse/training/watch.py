"""What people see of training: a line an epoch, and a bar over the steps on a terminal."""

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from transformers import TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import TrainerCallback

from cinefuse.progress import say, shown


class Watch(TrainerCallback):
    """Tells how training goes, where progress is on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._bar: Progress | None = None
        self._loss = float("nan")

    def on_epoch_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Opens the epoch's bar."""
        del control
        if shown() and sys.stderr.isatty():
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            steps = state.max_steps // max(1, int(args.num_train_epochs))
            self._bar.add_task(f"{self.name}  epoch {int(state.epoch or 0) + 1}", total=steps)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Moves it."""
        del args, state, control
        if self._bar:
            self._bar.advance(self._bar.task_ids[0])

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Closes it."""
        del args, state, control
        if self._bar:
            self._bar.stop()
            self._bar = None

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Keeps the training loss, says the line when the dev scores are there."""
        del args, control
        logs = logs or {}
        self._loss = logs.get("loss", self._loss)
        if "eval_f1_macro" in logs:
            say(
                f"{self.name:<17} epoch {round(state.epoch or 0):>2}  loss {self._loss:.4f}  "
                f"dev macro F1 {logs['eval_f1_macro']:.4f}  mAP {logs['eval_average_precision_macro']:.4f}  "
                f"{logs['eval_seconds']:.1f} s"
            )
