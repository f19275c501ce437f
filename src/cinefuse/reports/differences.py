"""Whether the models at the top of a comparison can be told apart, film by film.

Needs the predictions that `compare` leaves in each run's folder; without them the page says why this part
is missing.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cinefuse.errors import RunError
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.uncertainty import Predictions, paired_bootstrap, permutation_test
from cinefuse.reports.summary import ModelSummary

SIGNIFICANT = 0.05
ROUNDING = 1e-4  # a stored score and one computed again from single precision may differ by this


@dataclass(frozen=True)
class StoredPredictions:
    """`predictions.npz`: what a run gave each film of the split.

    Attributes:
        ids: (N,), films.
        genres: (G,).
        probabilities: (N, G).
        targets: (N, G), booleans.
        thresholds: (G,).
    """

    ids: NDArray[np.str_]
    genres: NDArray[np.str_]
    probabilities: NDArray[np.float32]
    targets: NDArray[np.bool_]
    thresholds: NDArray[np.float64]


@dataclass(frozen=True)
class PairedDifference:
    """Macro F1 of `first` minus that of `second` on the same films."""

    question: str
    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float

    @property
    def distinguishable(self) -> bool:
        """Whether chance alone would rarely do as much."""
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class Differences:
    """What was found, or why nothing could be: one of the two is empty."""

    pairs: tuple[PairedDifference, ...] = ()
    missing: str = ""


def read_predictions(path: Path) -> StoredPredictions:
    """Reads a run's predictions; never unpickles.

    Raises:
        RunError: if the file is missing or is not what a run writes.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return StoredPredictions(
                **{name: arrays[name] for name in StoredPredictions.__dataclass_fields__}
            )
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; `cinefuse compare` writes it for each model") from error
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise RunError(f"{path}: not predictions that a run writes: {error}") from error


def paired_differences(directory: Path, summaries: list[ModelSummary]) -> Differences:
    """Compares the best fusion with the best single modality, and the best model with the second.

    With several seeds each model is taken at its first.
    """
    pairs = _questions(summaries)
    if not pairs:
        return Differences(missing="there are not two models with a macro F1 to compare")
    try:
        found = {
            summary.model: read_predictions(directory / summary.model / "predictions.npz")
            for summary in summaries
        }
        _check_same_films(found)
        _check_same_scores(found, summaries)
    except RunError as error:
        return Differences(missing=str(error))
    return Differences(tuple(_compare(*pair, found) for pair in pairs))


def _questions(summaries: list[ModelSummary]) -> list[tuple[str, str, str]]:
    scored = [summary for summary in summaries if summary.mean("f1_macro") is not None]
    fusions = [summary.model for summary in scored if summary.kind == "fusion"]
    single = [summary.model for summary in scored if summary.kind != "fusion"]
    questions = []
    if fusions and single:
        questions.append(("best fusion against best single modality", fusions[0], single[0]))
    if len(scored) > 1 and {scored[0].model, scored[1].model} != {*fusions[:1], *single[:1]}:
        questions.append(("best against second", scored[0].model, scored[1].model))
    return questions


def _check_same_films(found: dict[str, StoredPredictions]) -> None:
    (first_model, first), *others = found.items()
    for model, predictions in others:
        for name in ("ids", "genres", "targets"):
            if not np.array_equal(getattr(first, name), getattr(predictions, name)):
                raise RunError(f"the predictions of {first_model} and {model} differ in their {name}")


def _check_same_scores(found: dict[str, StoredPredictions], summaries: list[ModelSummary]) -> None:
    for summary in summaries:
        predictions, written = found[summary.model], summary.results[0].metrics["f1_macro"]
        try:
            scored = score(predictions.probabilities, predictions.targets, predictions.thresholds).metrics[
                "f1_macro"
            ]
        except ValueError as error:
            raise RunError(f"the predictions of {summary.model} cannot be scored: {error}") from error
        if scored is None or written is None or abs(scored - written) > ROUNDING:
            raise RunError(
                f"the predictions of {summary.model} have macro F1 {scored}, its result {written}: "
                "they are not of the same run"
            )


def _compare(question: str, first: str, second: str, found: dict[str, StoredPredictions]) -> PairedDifference:
    a, b = (Predictions(found[model].probabilities, found[model].thresholds) for model in (first, second))
    interval = paired_bootstrap(a, b, found[first].targets, n_resamples=2000)
    test = permutation_test(a, b, found[first].targets)
    return PairedDifference(question, first, second, interval.difference, interval.low, interval.high, test.p)
