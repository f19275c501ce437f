"""Trainings that are over at once, with scores that a test says."""

import pytest
from transformers import TrainerState

from cinefuse.tuning import trial as trying


@pytest.fixture
def scripted(monkeypatch):
    """Takes the place of training: settings -> dev score of every epoch, or an error."""

    def take(curve):
        trained = []

        def run(name, settings, corpus, folder, *, resume, callbacks):
            assert resume
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "run.json").write_text("{}")
            (folder / "checkpoints").mkdir(exist_ok=True)
            trained.append(settings)
            for epoch, score in enumerate(curve(settings), 1):
                state, metrics = TrainerState(epoch=epoch), {"eval_f1_macro": score, "eval_seconds": 2.0}
                for callback in callbacks:
                    callback.on_evaluate(None, state, None, metrics=metrics)
            (folder / "history.json").write_text("[]")
            (folder / "model.safetensors").write_bytes(b"weights")

        monkeypatch.setattr(trying, "run", run)
        return trained

    return take
