"""What a trained model needs to decide: thresholds, calibration, and how to judge movies that lack a part.

All of it is learned from what the model says of films that it was not trained on: the dev split's, as a rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from cinefuse.features.table import FeatureTable
from cinefuse.inference import MODALITIES, score_conditions
from cinefuse.metrics.calibration import CALIBRATORS
from cinefuse.metrics.thresholds import THRESHOLD_RULES, FixedThreshold, Thresholds
from cinefuse.model import GenreModel
from cinefuse.prediction import Lacking, Part, Scores, move
from cinefuse.results import CalibrationSummary, JudgedWithout
from cinefuse.training.settings import DecisionSettings


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was learned.

    Attributes:
        thresholds: fitted.
        calibration: None for none.
        without: part -> how movies that lack it are judged; empty for a model that reads one part alone.
    """

    thresholds: Thresholds
    calibration: CalibrationSummary | None
    without: dict[Part, JudgedWithout]


def fit_decisions(settings: DecisionSettings, model: GenreModel, dev: FeatureTable) -> Decisions:
    """Learns from dev's films as they are and, for a model that reads both parts, with either one hidden."""
    hides = [(name,) for name in MODALITIES] if len(model.encoders) == len(MODALITIES) else []
    scores, *alone = score_conditions(model, dev, [(), *hides])
    hidden = {MODALITIES[name]: one for (name,), one in zip(hides, alone, strict=True)}
    return learn_decisions(settings, scores, hidden, dev.genres.numpy(), dev.all_lacking())


def learn_decisions(
    settings: DecisionSettings,
    scores: Scores,
    hidden: Mapping[Part, Scores],
    targets: NDArray[np.bool_],
    lacking: Sequence[Lacking],
) -> Decisions:
    """Learns from what was said of films that nobody who said it has learned from.

    Args:
        settings: the rules.
        scores: (N, G), of films as they are.
        hidden: part -> likewise, with that part hidden; empty where one part alone is read.
        targets: (N, G).
        lacking: which parts each film has not.
    """
    # a film that lacks a part is judged as such films are: it has no say in how complete ones are
    complete = _rows(lacking, ())
    as_complete = complete if targets[complete].any() else np.ones_like(complete)
    thresholds = threshold_rule(settings).fit(scores[as_complete], targets[as_complete])
    without = {}
    for part, hidden_scores in hidden.items():
        rows = complete | _rows(lacking, (part,))
        if targets[rows].any():
            without[part] = _judge(settings, hidden_scores[rows], targets[rows], thresholds)
    return Decisions(
        thresholds, fit_calibration(settings, scores[as_complete], targets[as_complete]), without
    )


def threshold_rule(settings: DecisionSettings) -> Thresholds:
    """The rule that the settings name, not fitted yet."""
    if settings.threshold == "fixed":
        return FixedThreshold(settings.fixed_threshold)
    return THRESHOLD_RULES[settings.threshold]()


def fit_calibration(
    settings: DecisionSettings, scores: Scores, targets: NDArray[np.bool_]
) -> CalibrationSummary | None:
    """The calibration that the settings name, learned; None for none, and where dev has no genre at all."""
    if settings.calibration == "none" or not targets.any():
        return None
    learned = CALIBRATORS[settings.calibration]().fit(scores, targets)
    return CalibrationSummary(
        rule=settings.calibration,
        slopes=tuple(learned.slopes_.tolist()),
        intercepts=tuple(learned.intercepts_.tolist()),
    )


def _judge(
    settings: DecisionSettings, scores: Scores, targets: NDArray[np.bool_], thresholds: Thresholds
) -> JudgedWithout:
    own = threshold_rule(settings).fit(scores, targets)
    shifts = tuple((logit(thresholds.thresholds_) - logit(own.thresholds_)).tolist())
    return JudgedWithout(shifts=shifts, calibration=fit_calibration(settings, move(scores, shifts), targets))


def _rows(lacking: Sequence[Lacking], what: Lacking) -> NDArray[np.bool_]:
    return np.array([kind == what for kind in lacking], dtype=bool)
