"""Linear classifiers of scikit-learn, as what is left of each once it is fitted: weights and a bias.

A learner is a function. Given the features (N, D) of films, dense or sparse, and which of them are of a genre
(N,), it returns a line whose values, through a sigmoid, are the library's own `predict_proba`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from cinefuse.registry import Registry

Positive = Annotated[float, Field(gt=0)]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Features = Any  # (N, D) Numbers, or sparse: scipy has no types

FEWEST = 2  # films of a genre, and others, from which it can be learned
FOLDS = 5
NEAR, MOST_STEPS = 1e-5, 10_000  # when solvers stop


class LearnerSettings(BaseModel):
    """By what a model is learned.

    Attributes:
        learner: `gradient` trains by epochs. The others are scikit-learn's, which fit linear heads to what
            encoders that learn nothing make of films: `logistic` regression, a linear `svm` calibrated by
            cross-validation, naive `bayes`.
        penalty_c: scikit-learn's C: the larger, the weaker the penalty on weights.
        bayes_smoothing: what each term counts in every genre, beside where it was found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    learner: Literal["gradient", "logistic", "svm", "bayes"] = "gradient"
    penalty_c: Positive = 1.0
    bayes_smoothing: Positive = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """Logits of one genre: features (N, D) times `weights` (D,), plus `bias`."""

    weights: Numbers
    bias: float


@dataclass(frozen=True, slots=True)
class Task:
    """What one genre is learned from.

    Attributes:
        features: (N, D), sparse where most of them are 0.
        is_of_genre: (N,).
        weight: what a film of the genre counts against one that is not.
        seed: of whatever is drawn.
    """

    features: Features
    is_of_genre: Flags
    weight: float
    seed: int

    @property
    def class_weight(self) -> dict[bool, float]:
        """In scikit-learn's form, 1 in the mean over films: its "balanced" where `weight` is."""
        n_films, n_of_genre = len(self.is_of_genre), int(self.is_of_genre.sum())
        other = n_films / (n_films - n_of_genre + self.weight * n_of_genre)
        return {False: other, True: self.weight * other}


LEARNERS: Registry[Callable[[Task, LearnerSettings], Line]] = Registry("learner")


def learn(task: Task, settings: LearnerSettings) -> Line:
    """The line of one genre, by the learner that the settings name.

    A genre that has hardly a film, or nearly all, is given the share of films that have it, and no film in
    particular.
    """
    n_films, n_of_genre = len(task.is_of_genre), int(task.is_of_genre.sum())
    if min(n_of_genre, n_films - n_of_genre) < FEWEST:
        return Line(np.zeros(task.features.shape[1]), float(logit((n_of_genre + 0.5) / (n_films + 1))))
    return LEARNERS[settings.learner](task, settings)


@LEARNERS.register("logistic", "logistic regression")
def logistic(task: Task, settings: LearnerSettings) -> Line:
    """Penalised log loss, its minimum found by L-BFGS."""
    fitted = LogisticRegression(
        C=settings.penalty_c, class_weight=task.class_weight, tol=NEAR, max_iter=MOST_STEPS
    ).fit(task.features, task.is_of_genre)
    return Line(fitted.coef_[0], float(fitted.intercept_[0]))


@LEARNERS.register("svm", "linear support vector machine, calibrated by cross-validation")
def svm(task: Task, settings: LearnerSettings) -> Line:
    """Squared hinge loss, and Platt's sigmoid (1999) over margins of films that a machine had not seen."""
    rarer = min(task.is_of_genre.sum(), (~task.is_of_genre).sum())
    # shuffled: films of a genre may stand side by side
    folds = StratifiedKFold(min(FOLDS, int(rarer)), shuffle=True, random_state=task.seed)
    machine = LinearSVC(
        C=settings.penalty_c, class_weight=task.class_weight, max_iter=MOST_STEPS, random_state=task.seed
    )
    fitted = CalibratedClassifierCV(machine, cv=folds, ensemble=False).fit(task.features, task.is_of_genre)
    (one,) = fitted.calibrated_classifiers_
    (sigmoid,) = one.calibrators  # 1 / (1 + exp(a * margin + b))
    margin = one.estimator
    return Line(-sigmoid.a_ * margin.coef_[0], float(-sigmoid.a_ * margin.intercept_[0] - sigmoid.b_))


@LEARNERS.register("bayes", "complement naive Bayes over terms")
def bayes(task: Task, settings: LearnerSettings) -> Line:
    """Rennie et al. 2003. Of two classes each is the other's complement; their odds start even."""
    fitted = ComplementNB(alpha=settings.bayes_smoothing).fit(task.features, task.is_of_genre)
    other, of_genre = fitted.feature_log_prob_
    return Line(of_genre - other, 0.0)
