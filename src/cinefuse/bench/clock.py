"""Where the time of training goes: the Trainer's own steps, timed."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import wraps
from typing import Any, Self

import torch
from torch import Tensor, nn
from transformers import TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import TrainerCallback

from cinefuse.training.trainer import GenreTrainer


def now() -> float:
    """Seconds, after all that a GPU was given is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


class Stopwatch:
    """Times all that happens while it is entered, and of it the calls of some functions.

    Args:
        parts: part of the work -> whose function, a module's or a class', and its name.

    Attributes:
        seconds: of all.
        parts: part -> seconds.
    """

    def __init__(self, parts: Mapping[str, tuple[Any, str]]) -> None:
        self._functions = parts
        self.seconds = 0.0
        self.parts = dict.fromkeys(parts, 0.0)

    def __enter__(self) -> Self:
        self._opened = ExitStack()
        for part, (owner, name) in self._functions.items():
            function = getattr(owner, name)
            setattr(owner, name, self._timed(part, function))
            self._opened.callback(setattr, owner, name, function)
        self._began = now()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = now() - self._began
        self._opened.close()

    def shares(self) -> dict[str, float]:
        """Part -> its share of all; "other" is what is none of them."""
        parts = self.parts | {"other": max(0.0, self.seconds - sum(self.parts.values()))}
        return {part: round(seconds / self.seconds, 4) for part, seconds in parts.items()}

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            began = now()
            try:
                return function(*args, **kwargs)
            finally:
                self.parts[part] += now() - began

        return call


class TimedTrainer(GenreTrainer):
    """Trains as ever, without checkpoints and dev scores, and remembers how long what took.

    Attributes:
        parts: "forward", "backward" and "step" -> seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = {"forward": 0.0, "backward": 0.0}
        self.clock = StepClock()
        self.add_callback(self.clock)
        for when in ("eval_strategy", "save_strategy", "logging_strategy"):
            setattr(self.args, when, "no")
        self.args.load_best_model_at_end = False

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """See `GenreTrainer.compute_loss`."""
        began = now()
        loss = super().compute_loss(*args, **kwargs)
        self.parts["forward"] += now() - began
        return loss

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Tensor:
        """Forward and backward."""
        began, forward = now(), self.parts["forward"]
        loss: Tensor = super().training_step(model, inputs, *args, **kwargs)
        self.parts["backward"] += now() - began - (self.parts["forward"] - forward)
        return loss

    def shares(self) -> dict[str, float]:
        """Part -> its share of the time; "loader" is all that is none of the others."""
        parts = dict(self.parts) | {"step": self.clock.optimizer}
        parts["loader"] = max(0.0, self.clock.seconds - sum(parts.values()))
        return {name: round(seconds / self.clock.seconds, 3) for name, seconds in parts.items()}


class StepClock(TrainerCallback):
    """From the first step's begin to the last one's end.

    Attributes:
        optimizer: seconds of the optimiser's steps.
    """

    def __init__(self) -> None:
        self._began = self._ended = self._stepping = 0.0
        self.optimizer = 0.0

    @property
    def seconds(self) -> float:
        """All of it."""
        return self._ended - self._began

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Starts with the first."""
        del args, control
        if state.global_step == 0:
            self._began, self.optimizer = now(), 0.0

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Before the optimiser steps."""
        del args, state, control
        self._stepping = now()

    def on_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """After it."""
        del args, state, control
        self.optimizer += now() - self._stepping

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Ends with the last."""
        del args, state, control
        self._ended = now()
