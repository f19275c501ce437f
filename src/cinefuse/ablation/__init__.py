"""Ablations: what each part of a model is worth, by training it with and without."""
