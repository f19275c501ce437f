"""Encoders: one modality to tokens and a pooled vector. A new one is a file here and a line below."""

from cinefuse.encoders import bilstm, cnn, histogram, text_transformer, tfidf, vision_backbone
from cinefuse.encoders.encoder import (
    ENCODERS,
    Blueprint,
    Encoded,
    Encoder,
    Modality,
    Recalled,
    RecalledPlots,
    RecalledPosters,
)
from cinefuse.encoders.settings import EncoderSettings

__all__ = [
    "ENCODERS",
    "Blueprint",
    "Encoded",
    "Encoder",
    "EncoderSettings",
    "Modality",
    "Recalled",
    "RecalledPlots",
    "RecalledPosters",
    "bilstm",
    "cnn",
    "histogram",
    "text_transformer",
    "tfidf",
    "vision_backbone",
]
