"""What scoring a split takes beside its probabilities: a few copies of them, however many films there are."""

import tracemalloc

import numpy as np
import pytest

from cinefuse.metrics.calibration import PlattScaling, TemperatureScaling
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.thresholds import GlobalThreshold

N_FILMS, N_GENRES = 100_000, 20
AS_DOUBLES = 8 * N_GENRES  # bytes a film


@pytest.mark.parametrize(
    ("step", "most"),
    [
        (lambda told, truth: score(told, truth, np.full(N_GENRES, 0.9)), 3),
        (lambda told, truth: GlobalThreshold().fit(told, truth), 1.5),
        (lambda told, truth: PlattScaling().fit(told, truth), 4),
        (lambda told, truth: TemperatureScaling().fit(told, truth), 4),
    ],
    ids=["score", "threshold", "platt", "temperature"],
)
def test_a_step_takes_no_more_than_so_many_copies(step, most):
    random = np.random.default_rng(0)
    told = random.random((N_FILMS, N_GENRES), dtype=np.float32)
    truth = random.random(told.shape) < 0.1
    step(told[:100], truth[:100])  # whatever it imports
    tracemalloc.start()
    step(told, truth)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / N_FILMS < most * AS_DOUBLES
