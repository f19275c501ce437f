"""The one door to whatever was trained: a run, or an ensemble of several."""

from pathlib import Path

import torch

from cinefuse.ensembles.predictor import EnsemblePredictor
from cinefuse.ensembles.record import is_ensemble
from cinefuse.inference import Predictor

AnyPredictor = Predictor | EnsemblePredictor


def open_trained(path: str | Path, device: torch.device | None = None) -> AnyPredictor:
    """Opens the run or the ensemble in that folder.

    Raises:
        RunError: if it is neither, or not whole, or of another version.
    """
    if is_ensemble(Path(path)):
        return EnsemblePredictor.load(path, device)
    return Predictor.load(path, device)
