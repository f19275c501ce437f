"""Evaluation: runs scored on splits, and what of a scoring is kept for reports."""

from cinefuse.evaluation.evaluate import Evaluation, evaluate, score_split
from cinefuse.evaluation.examples import choose_examples, show_examples
from cinefuse.evaluation.weights import WeightSummary

__all__ = ["Evaluation", "WeightSummary", "choose_examples", "evaluate", "score_split", "show_examples"]
