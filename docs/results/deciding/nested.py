"""Ways to come by thresholds, judged on training films that had no say in them: nested cross-validation.

Each fifth of the training films is judged once. Of the others knowledge-graph is trained, encoders frozen:
once on all of them and five times without another fifth. Macro F1 in points over all films that were judged,
each way beside the cross-fitted one of its kind, and those beside the cross-fitted run: difference, its 95 %
interval, p by permutation. Neither test nor dev is scored.
From the repository's root:
python docs/results/deciding/nested.py CORPUS TEXT_ENCODER VISION_ENCODER RUNS JSON
"""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from cinefuse import Corpus, Predictor, compose, find_recipe, open_corpus, run
from cinefuse.folds import Fold, split_off
from cinefuse.metrics.arrays import Bools
from cinefuse.metrics.equating import LinearEquating
from cinefuse.metrics.held_out import Rows, make_folds
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.pairs import compare_pairs
from cinefuse.metrics.thresholds import GlobalThreshold, PerGenreThreshold
from cinefuse.metrics.uncertainty import Predictions

Scores = NDArray[np.float64]
MODEL, PARTS, JUDGED_BY_SEED = "knowledge-graph", 5, 7
REFERENCE = "run, cross-fitted"


def train(corpus: Corpus, sub: Corpus, given: list[str], folder: Path) -> None:
    """Leaves what every run, and the soup, says of all training films and of dev in `folder`."""
    runs = []
    for part in (None, *Fold.all_of(PARTS)):
        name = "whole" if part is None else f"{part.number}"
        if not (folder / f"{name}.npz").exists() or not (folder / "soup.npz").exists():
            settings = compose(find_recipe(MODEL), [*given, *([f"fold={part}"] if part else [])])
            run(MODEL, settings, sub, folder / name, resume=True)
            runs.append(Predictor.load(folder / name))
            tell(runs[-1], corpus, folder / f"{name}.npz")
    if runs:
        whole, *parts = (one.bundle.model.state_dict() for one in runs)
        mean = {
            name: sum(one[name] for one in parts) / PARTS if value.is_floating_point() else value
            for name, value in whole.items()
        }
        runs[0].bundle.model.load_state_dict(mean)
        tell(runs[0], corpus, folder / "soup.npz")
        for part in folder.iterdir():
            if part.is_dir():
                shutil.rmtree(part)


def tell(run: Predictor, corpus: Corpus, path: Path) -> None:
    """Before calibration; on a corpus whose films lack parts, as its thresholds take them."""
    said = {
        split: run.score(run.split_features(corpus.split(split), watched=False)) for split in ("train", "dev")
    }
    np.savez(path, **said)


def judge(
    folder: Path, targets: Bools, dev: Bools, kept: Rows, judged: Rows, parts: list[Rows]
) -> dict[str, Scores]:
    """Way -> (films judged, G) scores, moved so that 0.5 is the threshold; `parts` are rows of `kept`."""
    told = {
        path.stem: {name: read(one) for name, one in np.load(path).items()} for path in folder.glob("*.npz")
    }
    members = [told[str(number)] for number in range(1, PARTS + 1)]
    unseen = np.zeros((len(kept), targets.shape[1]))
    for member, rows in zip(members, parts, strict=True):
        unseen[rows] = member["train"][kept[rows]]

    def equated(whole: Scores) -> Scores:
        found = np.empty_like(unseen)
        for member, rows in zip(members, parts, strict=True):
            found[rows] = LinearEquating().fit(member["dev"], whole).transform(unseen[rows])
        return found

    together = {
        name: expit(np.mean([logit(one[name]) for one in members], axis=0)) for name in ("train", "dev")
    }
    found: dict[str, Scores] = {}
    for name, model in (("run", told["whole"]), ("ensemble", together), ("soup", told["soup"])):
        rules = {
            "one threshold, dev": GlobalThreshold().fit(model["dev"], dev),
            "a threshold a genre, dev": PerGenreThreshold().fit(model["dev"], dev),
            "cross-fitted, not equated": PerGenreThreshold().fit(unseen, targets[kept]),
            "cross-fitted": PerGenreThreshold().fit(equated(model["dev"]), targets[kept]),
        }
        for way, rule in rules.items():
            found[f"{name}, {way}"] = expit(logit(model["train"][judged]) - logit(rule.thresholds_))
    return found


def read(scores: NDArray[np.float32]) -> Scores:
    """Away from certainty, which has no log-odds."""
    return scores.astype(np.float64).clip(1e-6, 1 - 1e-6)


def measure(source: str, given: list[str], folder: Path) -> list[dict[str, Any]]:
    """Trains what is not there, judges every training film once by each way, compares the ways."""
    corpus = open_corpus(source)
    train_films, dev_films = corpus.split("train"), corpus.split("dev")
    targets, dev = (
        np.array([[genre in movie.genres for genre in corpus.genres] for movie in films])
        for films in (train_films, dev_films)
    )
    judged_by: dict[str, list[Scores]] = {}
    order = []
    for number, (kept, judged) in enumerate(make_folds(targets, JUDGED_BY_SEED)):
        films = [train_films[row] for row in kept]
        place = {movie.id: row for row, movie in enumerate(films)}
        left_out = [split_off(films, corpus.genres, fold)[1] for fold in Fold.all_of(PARTS)]
        parts = [np.array([place[movie.id] for movie in part]) for part in left_out]
        own = folder / str(number)
        own.mkdir(parents=True, exist_ok=True)
        train(corpus, replace(corpus, splits={"train": films, "dev": dev_films}), given, own)
        order.append(judged)
        for way, scores in judge(own, targets, dev, kept, judged, parts).items():
            judged_by.setdefault(way, []).append(scores)
    truth = targets[np.concatenate(order)]
    half = np.full(truth.shape[1], 0.5)
    models = {way: [Predictions(np.concatenate(scores), half)] for way, scores in judged_by.items()}
    return [described(way, models, truth) for way in models]


def described(way: str, models: dict[str, list[Predictions]], truth: NDArray[np.bool_]) -> dict[str, Any]:
    """One row."""
    row: dict[str, Any] = {"way": way, "films": len(truth)}
    row["f1_macro"] = round(100 * f1_macro(models[way][0], truth), 2)
    own = f"{way.partition(',')[0]}, cross-fitted"
    against = REFERENCE if way == own else own
    if way != against:
        (pair,) = compare_pairs({way: models[way], against: models[against]}, truth)
        row |= {"against": against, "points": round(100 * pair.difference, 2)}
        row |= {"low": round(100 * pair.low, 2), "high": round(100 * pair.high, 2), "p": pair.p}
    return row


def f1_macro(model: Predictions, truth: NDArray[np.bool_]) -> float:
    """As results have it."""
    found = score(model.probabilities, truth, model.thresholds).metrics["f1_macro"]
    assert found is not None, "every genre has films"
    return found


if __name__ == "__main__":
    source, text, vision, runs, path = sys.argv[1:]
    settings = ["profile=frozen", f"text_encoder={text}", f"vision_encoder={vision}", "report_to=none"]
    rows = measure(source, settings, Path(runs))
    Path(path).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
