"""What training logs, as TensorBoard's event files in the run's own folder: `tensorboard --logdir RUNS`.

They are written at once and by the thread that trains, so that a disk that refuses is heard of, and a
run that is killed keeps what it had.
"""

import time
from pathlib import Path
from typing import Any

from transformers import TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import TrainerCallback


class Events(TrainerCallback):
    """Writes every number that is logged, as `train/...` and `dev/...`, to a new file in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file: Any = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Opens it; TensorBoard passes over what was logged after the step that training goes on from."""
        del args, control
        from tensorboardX.proto.event_pb2 import SessionLog
        from tensorboardX.record_writer import RecordWriter

        self.directory.mkdir(parents=True, exist_ok=True)
        # in the order of starting, also within one second
        name = f"events.out.tfevents.{int(time.time())}.{len(list(self.directory.iterdir()))}"
        self._file = RecordWriter(str(self.directory / name))
        self._write(file_version="brain.Event:2")
        self._write(step=state.global_step + 1, session_log=SessionLog(status=SessionLog.START))

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Writes the numbers."""
        del args, control
        from tensorboardX.proto.summary_pb2 import Summary

        numbers = [
            Summary.Value(tag=_tag(name), simple_value=value)
            for name, value in (logs or {}).items()
            if isinstance(value, int | float) and name != "epoch"
        ]
        self._write(step=state.global_step, summary=Summary(value=numbers))

    def close(self) -> None:
        """Closes the file, also where training was broken off."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, **event: Any) -> None:
        from tensorboardX.proto.event_pb2 import Event

        self._file.write(Event(wall_time=time.time(), **event).SerializeToString())
        self._file.flush()


def _tag(name: str) -> str:
    """Of one epoch `train/...` and `dev/...`; what the Trainer says of all epochs at the end is `run/...`."""
    for prefix, group in (("eval_", "dev"), ("train_", "run")):
        if name.startswith(prefix):
            return f"{group}/{name.removeprefix(prefix)}"
    return f"train/{name}"
