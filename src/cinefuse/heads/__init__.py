"""Heads: from what a fusion made of a movie to its genres. A new one is a file here and a line below."""

from cinefuse.heads import classifier_chain, label_attention, label_graph, linear
from cinefuse.heads.head import HEADS, Head
from cinefuse.heads.settings import HeadSettings

__all__ = ["HEADS", "Head", "HeadSettings", "classifier_chain", "label_attention", "label_graph", "linear"]
