"""Evaluation: runs scored on splits."""

from cinefuse.evaluation.evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
