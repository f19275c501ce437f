"""Models with a graph against their fusion without one, on films of which nobody is known who made them.

All seeds of each, paired over films: macro F1 in points, its 95 % interval, p by permutation.
From the repository's root: python docs/results/everything/unknown.py CORPUS OUT JSON
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cinefuse.corpus.corpus import open_corpus
from cinefuse.metrics.pairs import compare_pairs
from cinefuse.metrics.uncertainty import Predictions
from cinefuse.results import read_predictions

FUSION, GRAPHS = "early-fusion", ("knowledge-graph", "mm-gatbt")


def measure(source: str, out: Path) -> list[dict[str, Any]]:
    """Both kinds of films of the test split, each graph against the fusion."""
    movies = {movie.id: movie for movie in open_corpus(source).split("test")}
    runs = {name: [out / name, *sorted(out.glob(f"{name}@*"))] for name in (FUSION, *GRAPHS)}
    given = {name: [read_predictions(run / "predictions.npz") for run in own] for name, own in runs.items()}
    first = given[FUSION][0]
    known = np.array([bool(movies[one].director or movies[one].cast) for one in first.ids.tolist()])
    found = []
    for people, rows in (("unknown", ~known), ("known", known)):
        for name in GRAPHS:
            models = {
                one: [Predictions(told.probabilities[rows], told.thresholds) for told in given[one]]
                for one in (name, FUSION)
            }
            (pair,) = compare_pairs(models, first.targets[rows])
            found.append(
                {
                    "people": people,
                    "films": int(rows.sum()),
                    "seeds": len(given[name]),
                    "model": name,
                    "against": FUSION,
                    "points": round(100 * pair.difference, 2),
                    "low": round(100 * pair.low, 2),
                    "high": round(100 * pair.high, 2),
                    "p": pair.p,
                }
            )
    return found


if __name__ == "__main__":
    rows = measure(sys.argv[1], Path(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
