"""All that a report is made from: the models with what their runs left, and who is best of whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Any

import numpy as np

from cinefuse.corpus.audit import CorpusDescription
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.pairs import PairedComparison, compare_pairs
from cinefuse.metrics.uncertainty import Predictions
from cinefuse.reports.summary import Kind, ModelSummary
from cinefuse.results import (
    Comparison,
    StoredPredictions,
)
from cinefuse.results.examples import Examples
from cinefuse.results.weights import RunWeights


@dataclass(frozen=True)
class Model:
    """One model with what its runs left, one a seed.

    Attributes:
        scored: its predictions on the split of the comparison; empty where they are missing.
        dev: likewise on the dev split.
        histories: what training logged, an epoch a row.
        settings: of its first run; empty where unknown.
        weights: what it weighed, summed up, of its first run; None where that is missing.
        train_movies: how many films it was trained on; None where unknown.
    """

    summary: ModelSummary
    scored: tuple[StoredPredictions, ...] = ()
    dev: tuple[StoredPredictions, ...] = ()
    histories: tuple[list[dict[str, Any]], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    weights: RunWeights | None = None
    train_movies: int | None = None

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.summary.model

    @property
    def kind(self) -> Kind:
        """What it reads."""
        return self.summary.kind

    @cached_property
    def dev_score(self) -> float | None:
        """Macro F1 on dev with its own thresholds, mean over seeds; None where dev is missing."""
        scores = [
            score(one.probabilities, one.targets, one.thresholds).metrics["f1_macro"] for one in self.dev
        ]
        known = [value for value in scores if value is not None]
        return fmean(known) if known else None

    def predictions(self) -> list[Predictions]:
        """What the paired tests read, one a seed."""
        return [Predictions(one.probabilities, one.thresholds) for one in self.scored]


@dataclass(frozen=True)
class Material:
    """What the sections read.

    Attributes:
        models: by macro F1, best first.
        corpus: counts of the whole corpus; None where the comparison left none.
        examples: films worth looking at; None where it left none.
        missing: what could not be read, and why.
    """

    comparison: Comparison
    models: tuple[Model, ...]
    corpus: CorpusDescription | None = None
    examples: Examples | None = None
    missing: tuple[str, ...] = ()

    @property
    def summaries(self) -> list[ModelSummary]:
        """One a model, best first."""
        return [model.summary for model in self.models]

    @property
    def kinds(self) -> dict[str, Kind]:
        """Model -> what it reads."""
        return {model.name: model.kind for model in self.models}

    @cached_property
    def tested(self) -> tuple[Model, ...]:
        """The models that have their predictions and a macro F1, best first."""
        return tuple(model for model in self.models if model.scored and model.summary.values("f1_macro"))

    @property
    def several_seeds(self) -> bool:
        """Whether any model was trained more than once."""
        return any(len(summary.results) > 1 for summary in self.summaries)

    @cached_property
    def chosen_on_dev(self) -> bool:
        """Whether the best of a group is picked by dev, so that the pick does not favour it on test."""
        return (
            not self.scored_on_dev
            and bool(self.tested)
            and all(model.dev_score is not None for model in self.tested)
        )

    @property
    def scored_on_dev(self) -> bool:
        """Whether the films scored are those that epochs, thresholds and calibration were fitted on."""
        return any(
            len(model.dev) > 0 and np.array_equal(model.dev[0].ids, model.scored[0].ids)
            for model in self.tested
        )

    @property
    def picked(self) -> str:
        """How the best model was picked, as said behind its name."""
        return "the best on dev" if self.chosen_on_dev else "the best on these films"

    def fitted_elsewhere(self) -> list[Model]:
        """The tested models with predictions on dev, unless dev is what was scored."""
        if self.scored_on_dev:
            return []
        return [model for model in self.tested if len(model.dev) == len(model.scored)]

    @cached_property
    def pairs(self) -> list[PairedComparison]:
        """Every two tested models, the better first, on macro F1; p corrected over all of them."""
        models = {model.name: model.predictions() for model in self.tested}
        return compare_pairs(models, self.tested[0].scored[0].targets) if len(models) > 1 else []

    def best(self, kind: Kind | None = None, among: Sequence[str] | None = None) -> Model | None:
        """The best model with predictions, of one kind or among some; by dev where all have it."""
        found = [
            model
            for model in self.tested
            if (kind is None or model.kind == kind) and (among is None or model.name in among)
        ]
        if self.chosen_on_dev:
            found.sort(key=lambda model: -(model.dev_score or 0.0))
        return found[0] if found else None

    def best_of_each_kind(self) -> list[Model]:
        """The best text, vision and fusion model, as far as there are any."""
        found = [self.best(kind) for kind in ("text", "vision", "fusion")]
        return [model for model in found if model is not None]
