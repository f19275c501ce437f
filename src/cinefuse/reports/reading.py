"""The folder that `compare` left, read once; no model is run again.

Only comparison.json must be there. Whatever else is missing or does not fit is named in the material's
`missing`, and the sections that need it say so.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, RootModel

from cinefuse.corpus.audit import CorpusDescription
from cinefuse.errors import RunError
from cinefuse.metrics.multilabel import score
from cinefuse.reports.material import Material, Model
from cinefuse.reports.summary import ModelSummary, summarise
from cinefuse.results import (
    Comparison,
    Result,
    StoredPredictions,
    read_comparison,
    read_predictions,
    read_record,
)
from cinefuse.results.comparison import folder_of, without_folder
from cinefuse.results.examples import read_examples
from cinefuse.results.weights import RunWeights, read_weights

COMPARE = "cinefuse compare --out DIR"
ROUNDING = 1e-4  # a stored score and one computed again from single precision may differ by this

Anything = TypeVar("Anything")


class Epoch(BaseModel):
    """What training logged of an epoch: numbers by name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float | None] = Field(init=False)

    epoch: Annotated[int, Field(ge=1)]


class History(RootModel[list[Epoch]]):
    """`history.json`."""


class RunSettings(BaseModel):
    """Those settings that sections count with or compare, of the kind that they are; others are only told."""

    model_config = ConfigDict(extra="allow")

    text: str | None = None
    vision: str | None = None
    text_encoder: str | None = None
    vision_encoder: str | None = None
    text_freeze: str | None = None
    vision_freeze: str | None = None
    word_vectors: str | None = None
    select_by: str | None = None
    learning_rate: float | None = None
    pretrained_learning_rate: float | None = None
    vision_learning_rate: float | None = None
    warmup: float | None = None


class RunCorpus(BaseModel):
    """`movies`: split -> how many."""

    movies: dict[str, int] = Field(default_factory=dict)


class Run(BaseModel):
    """What a report reads of `run.json`."""

    settings: RunSettings = RunSettings()
    corpus: RunCorpus = RunCorpus()


def read_material(directory: Path) -> Material:
    """Reads the folder.

    Raises:
        RunError: if it has no comparison.
    """
    missing: list[str] = []
    comparison = _readable(read_comparison(directory / "comparison.json"), directory, missing)
    genres, summaries = comparison.corpus.genres, summarise(comparison)
    models = _same_films([_read_model(directory, one, genres, missing) for one in summaries], missing)
    corpus = _optional(lambda: read_record(CorpusDescription, directory / "corpus.json", COMPARE), missing)
    examples = _optional(lambda: read_examples(directory / "examples.json"), missing)
    # each reason once, without the path of the folder: a report may be sent around
    told = tuple(dict.fromkeys(without_folder(why, directory) for why in missing))
    return Material(comparison, tuple(models), corpus, examples, told)


def _readable(comparison: Comparison, directory: Path, missing: list[str]) -> Comparison:
    """The comparison with the results that score every genre, its failures without the folder's path."""
    genres, results = set(comparison.corpus.genres), []
    for result in comparison.models:
        lacking = sorted(genres - set(result.per_genre))
        if lacking:
            missing.append(
                f"comparison.json: the result of {result.model} with seed {result.seed} lacks "
                f"{', '.join(lacking)}, and is left out"
            )
        else:
            results.append(result)
    failed = [
        one.model_copy(update={"error": without_folder(one.error, directory)}) for one in comparison.failed
    ]
    return comparison.model_copy(update={"models": results, "failed": failed})


def _read_model(directory: Path, summary: ModelSummary, genres: list[str], missing: list[str]) -> Model:
    folders = [folder_of(directory, summary.model, result.seed) for result in summary.results]
    of_runs = list(zip(folders, summary.results, strict=True))
    started = _optional(lambda: read_record(Run, folders[0] / "run.json", COMPARE), missing) or Run()
    alone = summary.kind != "ensemble"  # several together have no epochs
    return Model(
        summary,
        scored=_every(partial(_scored, genres), of_runs, missing),
        dev=_every(lambda folder: _of_genres(folder / "dev.npz", genres)[0], folders, missing),
        histories=_every(_history, folders, missing) if alone else (),
        settings=started.settings.model_dump(exclude_unset=True),
        weights=_weights(folders[0], missing, alone=alone),
        train_movies=started.corpus.movies.get("train"),
    )


def _weights(folder: Path, missing: list[str], *, alone: bool) -> RunWeights | None:
    """What it weighs; an ensemble that was scored by an earlier version has nothing of it."""
    path = folder / "weights.json"
    return _optional(lambda: read_weights(path), missing) if alone or path.is_file() else None


def _history(folder: Path) -> list[dict[str, Any]]:
    return [row.model_dump() for row in read_record(History, folder / "history.json", COMPARE).root]


def _of_genres(path: Path, genres: list[str]) -> tuple[StoredPredictions, float | None]:
    """A run's predictions of these genres, and their macro F1."""
    predictions = read_predictions(path)
    if predictions.genres.tolist() != genres:
        raise RunError(f"{path}: its genres, or their order, are not those of the comparison")
    try:
        again = score(predictions.probabilities, predictions.targets, predictions.thresholds)
    except ValueError as error:
        raise RunError(f"{path}: cannot be scored: {error}") from error
    return predictions, again.metrics["f1_macro"]


def _scored(genres: list[str], of: tuple[Path, Result]) -> StoredPredictions:
    """A run's predictions, if they are those that its result was made from."""
    folder, result = of
    path = folder / "predictions.npz"
    predictions, found = _of_genres(path, genres)
    written = result.metrics.get("f1_macro")
    if (found is None) != (written is None) or not abs((found or 0.0) - (written or 0.0)) <= ROUNDING:
        raise RunError(f"{path}: macro F1 {found}, but its result says {written}: not of the same run")
    return predictions


def _same_films(models: list[Model], missing: list[str]) -> list[Model]:
    """The models, without the predictions that are not of the same films as the first model's."""
    scored: tuple[StoredPredictions, ...] = next((model.scored for model in models if model.scored), ())
    dev: tuple[StoredPredictions, ...] = next((model.dev for model in models if model.dev), ())
    return [
        replace(
            model,
            scored=_like(model, model.scored, scored, missing),
            dev=_like(model, model.dev, dev, missing),
        )
        for model in models
    ]


def _like(
    model: Model,
    found: tuple[StoredPredictions, ...],
    expected: tuple[StoredPredictions, ...],
    missing: list[str],
) -> tuple[StoredPredictions, ...]:
    """`found`, or nothing where they are of other films than expected."""
    names = ("ids", "targets")
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
