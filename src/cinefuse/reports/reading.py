"""The folder that `compare` left, read once; no model is run again.

Only comparison.json must be there. Whatever else is missing or does not fit is named in the material's
`missing`, and the sections that need it say so.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cinefuse.corpus.audit import CorpusDescription
from cinefuse.errors import RunError
from cinefuse.metrics.multilabel import score
from cinefuse.reports.material import Material, Model
from cinefuse.reports.summary import ModelSummary, summarise
from cinefuse.results import (
    Result,
    StoredPredictions,
    read_comparison,
    read_predictions,
    read_record,
)
from cinefuse.results.examples import read_examples
from cinefuse.results.weights import read_weights

COMPARE = "cinefuse compare --out DIR"
ROUNDING = 1e-4  # a stored score and one computed again from single precision may differ by this

Anything = TypeVar("Anything")


def read_material(directory: Path) -> Material:
    """Reads the folder.

    Raises:
        RunError: if it has no comparison.
    """
    comparison = read_comparison(directory / "comparison.json")
    missing: list[str] = []
    models = [_read_model(directory, summary, missing) for summary in summarise(comparison)]
    corpus = _optional(lambda: read_record(CorpusDescription, directory / "corpus.json", COMPARE), missing)
    examples = _optional(lambda: read_examples(directory / "examples.json"), missing)
    return Material(
        comparison, tuple(_same_films(models, missing)), corpus, examples, _told(missing, directory)
    )


def _told(missing: list[str], directory: Path) -> tuple[str, ...]:
    """Each reason once, without the path of the folder: a report may be sent around."""
    return tuple(dict.fromkeys(why.replace(f"{directory}/", "") for why in missing))


def _read_model(directory: Path, summary: ModelSummary, missing: list[str]) -> Model:
    folders = [_run_folder(directory, summary.model, result.seed) for result in summary.results]
    identity = _optional(lambda: _read_json(folders[0] / "run.json"), missing) or {}
    return Model(
        summary,
        scored=_every(_scored, list(zip(folders, summary.results, strict=True)), missing),
        dev=_every(lambda folder: read_predictions(folder / "dev.npz"), folders, missing),
        histories=_every(lambda folder: _read_json(folder / "history.json"), folders, missing),
        settings=identity.get("settings", {}),
        weights=_optional(lambda: read_weights(folders[0] / "weights.json"), missing),
        train_movies=identity.get("corpus", {}).get("movies", {}).get("train"),
    )


def _run_folder(directory: Path, model: str, seed: int) -> Path:
    """The first seed's run has the model's name alone."""
    named = directory / f"{model}@{seed}"
    return named if named.is_dir() else directory / model


def _scored(of: tuple[Path, Result]) -> StoredPredictions:
    """A run's predictions, if they are those that its result was made from."""
    folder, result = of
    path = folder / "predictions.npz"
    predictions = read_predictions(path)
    try:
        again = score(predictions.probabilities, predictions.targets, predictions.thresholds)
    except ValueError as error:
        raise RunError(f"{path}: cannot be scored: {error}") from error
    found, written = again.metrics["f1_macro"], result.metrics.get("f1_macro")
    if (found is None) != (written is None) or abs((found or 0.0) - (written or 0.0)) > ROUNDING:
        raise RunError(f"{path}: macro F1 {found}, but its result says {written}: not of the same run")
    return predictions


def _same_films(models: list[Model], missing: list[str]) -> list[Model]:
    """The models, those without predictions that are not of the same films and genres as the first's."""
    judge = next((model for model in models if model.scored), None)
    return [_checked(model, judge, missing) if judge else model for model in models]


def _checked(model: Model, judge: Model, missing: list[str]) -> Model:
    scored = _like(model, model.scored, judge.scored, missing)
    return replace(model, scored=scored, dev=_like(model, model.dev, judge.dev, missing))


def _like(
    model: Model,
    found: tuple[StoredPredictions, ...],
    expected: tuple[StoredPredictions, ...],
    missing: list[str],
) -> tuple[StoredPredictions, ...]:
    """`found`, or nothing where they are of other films or genres than expected."""
    names = ("ids", "genres", "targets")
    unlike = [
        name
        for one in found
        for name in names
        if expected and not np.array_equal(getattr(expected[0], name), getattr(one, name))
    ]
    if unlike:
        missing.append(
            f"the predictions of {model.name} differ from the first model's in {', '.join(unlike)}"
        )
        return ()
    return found


def _every(
    read: Callable[[Any], Anything], places: Sequence[Any], missing: list[str]
) -> tuple[Anything, ...]:
    """One of each place, or none at all: seeds are averaged, and an average needs them all."""
    found = _optional(lambda: tuple(read(place) for place in places), missing)
    return found if found is not None else ()


def _optional(read: Callable[[], Anything], missing: list[str]) -> Anything | None:
    """What `read` gives; where it cannot be read, None, and why goes to `missing`."""
    try:
        return read()
    except RunError as error:
        missing.append(str(error))
        return None


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read: {error}") from error
