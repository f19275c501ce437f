"""What an export costs and gives: macro F1, films a second and waiting time of torch, ONNX and int8.

All three are asked of the same films in the same run, and take turns, so that other work on the machine
hits them alike; what is printed are medians over the turns, with the slowest and fastest beside them.
Differences of F1 are in points with 95 % intervals by paired bootstrap over films. Where the run has an
export inside it is measured, otherwise one is made and thrown away.
Run it from the root of the checkout, on an otherwise quiet machine:

    .venv/bin/python bench/export.py runs/fine/early-fusion --corpus store --json export.json
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
import torch

from cinefuse.corpus.corpus import open_corpus
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.export import ExportOptions, export_run
from cinefuse.exported import OnnxPredictor, is_export
from cinefuse.inference import Predictor
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.pairs import compare_pairs
from cinefuse.metrics.uncertainty import Predictions
from cinefuse.results import StoredPredictions
from cinefuse.runtimes import INSIDE

Runtimes = dict[str, Predictor | OnnxPredictor]
WAITS = 100  # films asked one by one in a turn


def open_runtimes(run: Path, corpus: Corpus, scratch: Path) -> tuple[Runtimes, dict[str, float]]:
    """The three, and the megabytes of their files."""
    export = run / INSIDE
    if not is_export(export):
        export = scratch / "export"
        export_run(run, export, corpus, ExportOptions(n_films=64))
    predictor = Predictor.load(run, torch.device("cpu"))
    runtimes: Runtimes = {"torch": predictor, "onnx": OnnxPredictor.load(export)}
    files = {"torch": run / "model.safetensors", "onnx": export / "model.onnx"}
    if "int8" in OnnxPredictor.load(export).record.models:
        runtimes["int8"] = OnnxPredictor.load(export, "int8")
        files["int8"] = export / "model.int8.onnx"
    return runtimes, {name: path.stat().st_size / 1e6 for name, path in files.items()}


def told_apart(runtimes: Runtimes, movies: Sequence[Movie], run: Predictor) -> dict[str, Any]:
    """Macro F1 of each runtime, and the difference to torch with its interval."""
    table = run.features(movies)
    given = StoredPredictions(
        ids=np.array([movie.id for movie in movies]),
        genres=np.array(run.genres),
        probabilities=run.score(table),
        targets=table.genres.numpy().astype(bool),
        thresholds=np.array(run.bundle.record.thresholds),
    )
    scores = {"torch": given.probabilities}
    for name, runtime in runtimes.items():
        if isinstance(runtime, OnnxPredictor):
            scores[name] = runtime.score(runtime.features(movies))
    models = {name: [Predictions(one, given.thresholds)] for name, one in scores.items()}
    pairs = {(pair.first, pair.second): pair for pair in compare_pairs(models, given.targets)}
    decided = {name: one >= given.thresholds for name, one in scores.items()}
    return {
        name: {
            "f1_macro": score(one, given.targets, given.thresholds).metrics["f1_macro"],
            "largest_difference": float(np.abs(one - scores["torch"]).max()),
            "same_labels": float((decided[name] == decided["torch"]).mean()),
            "same_films": float((decided[name] == decided["torch"]).all(axis=1).mean()),
            # pairs are torch minus the other
            "points": 0.0 - 100 * pairs["torch", name].difference if name != "torch" else 0.0,
            "points_interval": [0.0 - 100 * pairs["torch", name].high, 0.0 - 100 * pairs["torch", name].low]
            if name != "torch"
            else [0.0, 0.0],
        }
        for name, one in scores.items()
    }


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": median(values), "least": min(values), "most": max(values)}


def take_turns(runtimes: Runtimes, movies: Sequence[Movie], turns: int) -> dict[str, dict[str, Any]]:
    """Films a second, from features and with reading them, and milliseconds for one film."""
    features: dict[str, Any] = {name: runtime.features(movies) for name, runtime in runtimes.items()}
    alone = [movies[index] for index in np.linspace(0, len(movies) - 1, WAITS).astype(int).tolist()]
    measured: dict[str, dict[str, list[float]]] = {
        name: {"scored": [], "read_and_scored": [], "p50": [], "p95": []} for name in runtimes
    }
    for turn in range(-1, turns):  # the first is for warming up
        for name, runtime in runtimes.items():
            scored: Any = runtime.score
            from_features = len(movies) / seconds(lambda: scored(features[name]))  # noqa: B023 -- called here
            with_reading = len(movies) / seconds(lambda: runtime.predict(movies))  # noqa: B023
            waits = [1000 * seconds(lambda: runtime.predict([movie])) for movie in alone]  # noqa: B023
            if turn >= 0:
                measured[name]["scored"].append(from_features)
                measured[name]["read_and_scored"].append(with_reading)
                measured[name]["p50"].append(median(waits))
                measured[name]["p95"].append(quantiles(waits, n=20)[-1])
            print(f"turn {turn + 1} {name}: {from_features:.1f} films/s", file=sys.stderr)  # noqa: T201
    return {name: {what: spread(values) for what, values in one.items()} for name, one in measured.items()}


def tell(result: dict[str, Any]) -> None:
    """One line a runtime."""
    baseline = result["runtimes"]["torch"]["scored"]["median"]
    for name, one in result["runtimes"].items():
        low, high = one["points_interval"]
        print(  # noqa: T201
            f"{name:<6} {one['megabytes']:6.1f} MB  macro F1 {100 * one['f1_macro']:.2f} "
            f"({one['points']:+.2f}, {low:+.2f} to {high:+.2f})  labels {one['same_labels']:.2%}  "
            f"{one['scored']['median']:7.1f} films/s ({one['scored']['least']:.1f} to "
            f"{one['scored']['most']:.1f}; {one['scored']['median'] / baseline:.2f} x)  with reading "
            f"{one['read_and_scored']['median']:7.1f}  one film {one['p50']['median']:.1f} ms, p95 "
            f"{one['p95']['median']:.1f} ms"
        )


def main() -> None:
    """Measures, prints, and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--films", type=int, default=256, help="films timed in a turn; scores are of all")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    corpus = open_corpus(given.corpus)
    movies = list(corpus.split(given.split))
    timed = [movies[i] for i in np.linspace(0, len(movies) - 1, min(given.films, len(movies))).astype(int)]
    with tempfile.TemporaryDirectory() as scratch:
        runtimes, megabytes = open_runtimes(given.run, corpus, Path(scratch))
        run = runtimes["torch"]
        assert isinstance(run, Predictor)
        quality = told_apart(runtimes, movies, run)
        speed = take_turns(runtimes, timed, given.turns)
    result = {
        "command": " ".join(["bench/export.py", *sys.argv[1:]]),
        "model": run.name,
        "corpus": {"name": corpus.name, "split": given.split, "movies": len(movies), "timed": len(timed)},
        "machine": {
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
            "python": platform.python_version(),
        },
        "turns": given.turns,
        "runtimes": {name: {"megabytes": megabytes[name]} | quality[name] | speed[name] for name in runtimes},
    }
    tell(result)
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
