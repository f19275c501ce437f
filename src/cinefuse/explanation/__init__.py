"""Explanations: why a model gives a film a genre, as a record, a page and a picture."""

from cinefuse.explanation.explaining import explain

__all__ = ["explain"]
