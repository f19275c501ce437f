"""Fusions: what the encoders say, joined; graphs: what people add. A new one is a file and a line below."""

from cinefuse.fusion import attention, early, knowledge, late, neighbours, single
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput
from cinefuse.fusion.graph import GRAPHS, PEOPLE, Graph, GraphSettings, GraphSize
from cinefuse.fusion.settings import FusionSettings

__all__ = [
    "FUSIONS",
    "GRAPHS",
    "PEOPLE",
    "Fusion",
    "FusionOutput",
    "FusionSettings",
    "Graph",
    "GraphSettings",
    "GraphSize",
    "attention",
    "early",
    "knowledge",
    "late",
    "neighbours",
    "single",
]
