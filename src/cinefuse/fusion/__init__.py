"""Fusions: what the encoders say, joined. A new one is a file here and a line below."""

from cinefuse.fusion import (
    attention,
    braz,
    centralnet,
    concat,
    early,
    experts,
    gmu,
    late,
    late_genre,
    linear_sum,
    low_rank,
    mmbt,
    single,
)
from cinefuse.fusion.fusion import FUSIONS, Fusion, FusionOutput
from cinefuse.fusion.settings import FusionSettings

__all__ = [
    "FUSIONS",
    "Fusion",
    "FusionOutput",
    "FusionSettings",
    "attention",
    "braz",
    "centralnet",
    "concat",
    "early",
    "experts",
    "gmu",
    "late",
    "late_genre",
    "linear_sum",
    "low_rank",
    "mmbt",
    "single",
]
