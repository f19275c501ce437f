"""Every registered learner says what scikit-learn's own classifier says, to 1e-6."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from cinefuse.training.learners import LEARNERS, LearnerSettings, Task, learn

SETTINGS = {"penalty_c": 0.7, "bayes_smoothing": 0.2}
THEIRS = {
    "logistic": LogisticRegression(C=0.7, class_weight="balanced", tol=1e-5, max_iter=10_000),
    "svm": CalibratedClassifierCV(
        LinearSVC(C=0.7, class_weight="balanced", max_iter=10_000, random_state=7),
        cv=StratifiedKFold(5, shuffle=True, random_state=7),
        ensemble=False,
    ),
    "bayes": ComplementNB(alpha=0.2),
}


def films(n_of_genre=20, n_films=60):
    """Counts of thirty terms, of which the first is found more often in the genre's films."""
    random = np.random.default_rng(0)
    is_of_genre = np.arange(n_films) < n_of_genre
    features = random.poisson(0.4, (n_films, 30)).astype(float)
    features[:, 0] += random.poisson(1.5, n_films) * is_of_genre
    return features, is_of_genre


def task(features, is_of_genre):
    ratio = (~is_of_genre).sum() / max(1, is_of_genre.sum())
    return Task(features, is_of_genre, float(ratio), seed=7)


def test_every_learner_is_checked_and_has_a_description():
    assert set(THEIRS) == set(LEARNERS) == set(filter(None, LEARNERS.describe()))
    assert set(LearnerSettings.model_fields["learner"].annotation.__args__) == {"gradient", *LEARNERS}


@pytest.mark.parametrize("name", list(LEARNERS))
@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_it_is_scikit_learns(name, kind):
    features, is_of_genre = films()
    line = learn(task(kind(features), is_of_genre), LearnerSettings(learner=name, **SETTINGS))
    expected = THEIRS[name].fit(kind(features), is_of_genre).predict_proba(features)[:, 1]
    np.testing.assert_allclose(expit(features @ line.weights + line.bias), expected, atol=1e-6)
    assert expected.std() > 0.01


@pytest.mark.parametrize("name", list(LEARNERS))
@pytest.mark.parametrize("n_of_genre", [0, 1, 59, 60])
def test_a_genre_that_cannot_be_learned_is_given_its_share(name, n_of_genre):
    features, is_of_genre = films(n_of_genre)
    line = learn(task(features, is_of_genre), LearnerSettings(learner=name))
    assert not line.weights.any()
    assert expit(line.bias) == pytest.approx((n_of_genre + 0.5) / 61)


@pytest.mark.parametrize("name", list(LEARNERS))
def test_two_films_of_a_genre_are_enough(name):
    features, is_of_genre = films(2)
    line = learn(task(features, is_of_genre), LearnerSettings(learner=name))
    assert np.isfinite(line.weights).all()
    assert line.weights.any()


def test_weights_of_classes():
    features, is_of_genre = films()
    assert task(features, is_of_genre).class_weight == {False: 60 / 80, True: 60 / 40}  # "balanced"
    assert Task(features, is_of_genre, 1.0, seed=0).class_weight == {False: 1.0, True: 1.0}
