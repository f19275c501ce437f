"""The classical systems: counted features and linear classifiers, fitted by scikit-learn in seconds.

They are as they are in every profile. What they are set to was chosen on the dev split of 4,015 real films
(docs/decisions/0021-classical-systems.md). Parameters grow with the vocabulary: a term has one for each
genre, and one in the stand-in for an absent plot.
"""

from typing import Any

from cinefuse.recipes.recipe import Recipe

CLASSICAL: dict[str, Any] = {"head_width": None, "dropout": 0.0, "modality_dropout": 0.0}
TERMS = CLASSICAL | {"text": "tfidf", "max_tokens": 10_000}  # all of any plot
SHAPES = CLASSICAL | {"vision": "histogram", "poster_height": 96, "poster_width": 64}

CLASSICAL_RECIPES = (
    Recipe(
        "tfidf-logistic-text",
        "TF-IDF of words and pairs, logistic regression; grows with the vocabulary",
        TERMS | {"learner": "logistic", "penalty_c": 3.0},
        profiled=False,
    ),
    Recipe(
        "tfidf-svm-text",
        "TF-IDF of words and pairs, calibrated linear SVM; grows with the vocabulary",
        TERMS | {"learner": "svm", "penalty_c": 0.3, "class_weights": "none"},
        profiled=False,
    ),
    Recipe(
        "tfidf-bayes-text",
        "TF-IDF of words, naive Bayes; grows with the vocabulary",
        TERMS | {"learner": "bayes", "bayes_smoothing": 0.03, "longest_term": 1},
        profiled=False,
    ),
    Recipe(
        "histogram-vision",
        "histograms of edges' directions (HOG) and of colours, logistic regression",
        SHAPES | {"learner": "logistic"},
        profiled=False,
    ),
    Recipe(
        "classical-fusion",
        "TF-IDF and histograms, a share of each logistic regression's probabilities",
        TERMS | SHAPES | {"learner": "logistic", "fusion": "late"},
        profiled=False,
    ),
)
