"""Where a run that was broken off goes on: its last checkpoint that is whole."""

import json
from pathlib import Path

LAST_WRITTEN = "trainer_state.json"  # the Trainer writes it after weights, optimiser and random states


def last_whole_checkpoint(directory: Path) -> Path | None:
    """The newest checkpoint that was written to its end; None where there is none."""
    whole = [folder for folder in directory.glob("checkpoint-*") if _step(folder) is not None]
    return max(whole, key=lambda folder: _step(folder) or 0, default=None)


def _step(folder: Path) -> int | None:
    """The step at which it was taken; None if its writing was broken off."""
    try:
        state = json.loads((folder / LAST_WRITTEN).read_text(encoding="utf-8"))
        return int(state["global_step"])
    except (OSError, ValueError, KeyError):
        return None
