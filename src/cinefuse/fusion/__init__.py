"""Fusions: what the encoders say, joined; graphs: what people add. A new one is a file and a line below."""

from cinefuse.fusion import (
    attention,
    braz,
    centralnet,
    concat,
    early,
    experts,
    gmu,
    knowledge,
    late,
    late_genre,
    linear_sum,
    low_rank,
    mmbt,
    neighbours,
    single,
)
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
    "braz",
    "centralnet",
    "concat",
    "early",
    "experts",
    "gmu",
    "knowledge",
    "late",
    "late_genre",
    "linear_sum",
    "low_rank",
    "mmbt",
    "neighbours",
    "single",
]
