"""How long the intervals of all metrics take: 10,000 resamples of 7,799 films in 23 genres, on random data.

The size is MM-IMDb's test split. Run it from the root of the checkout, on an otherwise quiet machine:

    .venv/bin/python bench/bootstrap.py
"""

import os
import time

import numpy as np

from cinefuse.metrics.uncertainty import bootstrap_intervals

N_FILMS, N_GENRES, GENRES_A_FILM, N_RESAMPLES = 7_799, 23, 2.5, 10_000


def main() -> None:
    """Prints seconds and cores."""
    random = np.random.default_rng(0)
    targets = random.random((N_FILMS, N_GENRES)) < GENRES_A_FILM / N_GENRES
    logits = 2 * targets - 2 + random.standard_normal(targets.shape)
    probabilities = (1 / (1 + np.exp(-logits))).astype(np.float32)
    began = time.perf_counter()
    intervals = bootstrap_intervals(probabilities, targets, np.full(N_GENRES, 0.4), n_resamples=N_RESAMPLES)
    seconds = time.perf_counter() - began
    print(  # noqa: T201
        f"{len(intervals)} metrics, {N_RESAMPLES} resamples of {N_FILMS} films in {N_GENRES} genres: "
        f"{seconds:.1f} s on one of {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
