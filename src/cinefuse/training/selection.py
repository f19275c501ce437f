"""The scores on dev by which training chooses: the best epoch, or a share."""

import numpy as np
from numpy.typing import NDArray

from cinefuse.metrics.multilabel import score
from cinefuse.metrics.thresholds import GlobalThreshold
from cinefuse.prediction import Scores

NAMES = ("f1_macro", "f1_micro", "average_precision_macro")


def dev_scores(probabilities: Scores, targets: NDArray[np.bool_]) -> dict[str, float]:
    """Of (N, G) probabilities and genres, by the global threshold that suits them best; 0 where undefined."""
    thresholds = GlobalThreshold().fit(probabilities, targets).thresholds_
    scores = score(probabilities, targets, thresholds).metrics
    return {name: scores[name] or 0.0 for name in NAMES}
