"""Where a run that was broken off goes on: its last checkpoint that is whole."""

import json
from pathlib import Path
from typing import Any

LAST_WRITTEN = "trainer_state.json"  # the Trainer writes it after weights, optimiser and random states


def last_whole_checkpoint(directory: Path) -> Path | None:
    """The newest checkpoint that was written to its end; None where there is none."""
    whole = [folder for folder in directory.glob("checkpoint-*") if _is_whole(folder)]
    return max(whole, key=lambda folder: int(read_state(folder)["global_step"]), default=None)


def read_state(checkpoint: Path) -> dict[str, Any]:
    """What the Trainer knew when it took a whole checkpoint."""
    state: dict[str, Any] = json.loads((checkpoint / LAST_WRITTEN).read_text(encoding="utf-8"))
    return state


def was_the_end(state: dict[str, Any]) -> bool:
    """Whether training was over with this checkpoint: all epochs done, or early stopping had spoken.

    The Trainer itself forgets the latter when it resumes, and would train on.
    """
    control = state.get("stateful_callbacks", {}).get("TrainerControl", {}).get("args", {})
    return bool(control.get("should_training_stop")) or state["global_step"] >= state["max_steps"]


def best_weights(checkpoint: Path, state: dict[str, Any]) -> Path:
    """The weights of the best epoch so far; the run's folder may have been moved since."""
    return checkpoint.parent / Path(state["best_model_checkpoint"]).name / "model.safetensors"


def begun_in(checkpoint: Path) -> int:
    """How many processes took it together: each has its random state in it."""
    return len(list(checkpoint.glob("rng_state*.pth")))


def _is_whole(folder: Path) -> bool:
    try:
        return "global_step" in read_state(folder)
    except (OSError, ValueError):
        return False
