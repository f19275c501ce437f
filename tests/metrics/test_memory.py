"""What scoring a split takes beside its probabilities: a few copies of them, however many films there are."""

import tracemalloc

import numpy as np
import pytest

from cinefuse.metrics import resampling, weighted
from cinefuse.metrics.calibration import PlattScaling, TemperatureScaling
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.ranking import GenreRanking
from cinefuse.metrics.thresholds import GlobalThreshold
from cinefuse.metrics.uncertainty import bootstrap_intervals

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


def test_films_are_ranked_once_a_genre_however_many_resamples(monkeypatch):
    class Counted(GenreRanking):
        def __init__(self, *given):
            ranked.append(self)
            super().__init__(*given)

    monkeypatch.setattr(weighted, "GenreRanking", Counted)
    monkeypatch.setattr(resampling, "CHUNK_VALUES", 200)
    random = np.random.default_rng(0)
    told, truth = random.random((40, 4)), random.random((40, 4)) < 0.4
    for step in (score, lambda *given: bootstrap_intervals(*given, n_resamples=60)):
        ranked: list[GenreRanking] = []
        step(told, truth, [0.5] * 4)
        assert len(ranked) == 4
