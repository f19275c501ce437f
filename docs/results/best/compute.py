"""What one film costs, of runs, ensembles and exports: arithmetic, and time from its poster's file to genres.

From the repository's root: python docs/results/best/compute.py CORPUS FILMS JSON RUN[:RUNTIME]...
"""

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cinefuse.corpus.corpus import open_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.exported import OnnxPredictor
from cinefuse.runtimes import open_predictor


def gigaflops(predictor: Any, movie: Movie) -> float | None:
    """Multiplications and additions, each counted; None where onnxruntime does them."""
    if isinstance(predictor, OnnxPredictor):
        return None
    table = predictor.features([movie], tell=False)
    # fused attention on a processor is not counted
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        predictor.score(table)
    return counter.get_total_flops() / 1e9


def milliseconds(predictor: Any, movie: Movie) -> float:
    """Of one film alone."""
    began = time.perf_counter()
    predictor.predict([movie])
    return 1000 * (time.perf_counter() - began)


def measure(source: str, n_films: int, runs: list[str]) -> dict[str, Any]:
    """Medians over the first films of dev; runs in turns, so that what else the machine does falls on all."""
    movies = open_corpus(source).split("dev")[:n_films]
    predictors = {run: open_predictor(*run.split(":")) for run in runs}
    for predictor in predictors.values():
        predictor.predict(movies[:3])
    times: dict[str, list[float]] = {run: [] for run in runs}
    for movie in movies:
        for run, predictor in predictors.items():
            times[run].append(milliseconds(predictor, movie))
    told = {}
    for run, predictor in predictors.items():
        counts = [count for movie in movies if (count := gigaflops(predictor, movie)) is not None]
        told[run] = {"gigaflops": median(counts) if counts else None, "milliseconds": median(times[run])}
    machine = {"threads": torch.get_num_threads(), "torch": torch.__version__}
    return {"films": len(movies), "machine": machine, "runs": told}


if __name__ == "__main__":
    corpus, films, path, *asked = sys.argv[1:]
    Path(path).write_text(json.dumps(measure(corpus, int(films), asked), indent=1) + "\n", encoding="utf-8")
