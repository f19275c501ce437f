"""What may be set about the encoders."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1)]
Freeze = Literal["none", "first-half", "all"]


class EncoderSettings(BaseModel):
    """Which encoders, how wide, what of them is trained.

    Attributes:
        text: name of a registered text encoder; None for a model that reads no plots.
        vision: name of a registered vision encoder; None for a model that sees no posters.
        text_encoder: a transformers folder, a hub id, or `small` (random weights, no download).
        vision_encoder: likewise.
        pretrained: False takes the shape of `text_encoder` and `vision_encoder` with random weights.
        text_pooling: `cls` for the token that stands for the plot as the encoder was trained (BERT's first,
            CLIP's end of text, SigLIP's last), `mean` for the mean over all that are not padding.
        text_layers: at most so many of the text encoder's layers, from the words up; None for all.
        text_attention_dropout: inside the text encoder's attention; None for the encoder's own. 0 lets torch
            take its fast attention.
        text_freeze: which of the text encoder's layers are not trained.
        vision_freeze: which of the vision encoder's stages are not trained; a frozen stage also keeps its
            batch statistics. The report trains stages 3-4 of ResNet-18's four: `first-half`.
        vision_fixed_statistics: keep the pretrained batch-norm statistics in trained stages as well.
        longest_term: of TF-IDF, in words.
        minimum_plots: terms that are in fewer training plots are none.
        word_vectors: a file in GloVe's or word2vec's text format for the LSTM's embedding.
        embedding_width: numbers a word, for the LSTM; those of `word_vectors` must be as wide.
        embedding_dropout: of the LSTM's words, and between its layers.
        lstm_width: numbers a word and direction, of each of the LSTM's layers.
        lstm_layers: one above the other.
        lstm_attention: words weigh by what is learned; False for an even mean of them.
        cnn_widths: channels of the CNN's blocks, each of which halves the poster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None = None
    vision: str | None = None
    text_encoder: str = "distilbert/distilbert-base-uncased"
    vision_encoder: str = "microsoft/resnet-18"
    pretrained: bool = True
    text_pooling: Literal["cls", "mean"] = "cls"
    text_layers: Annotated[int, Field(ge=1)] | None = None
    text_attention_dropout: Share | None = None
    text_freeze: Freeze = "none"
    vision_freeze: Freeze = "first-half"
    vision_fixed_statistics: bool = False
    longest_term: int = Field(2, ge=1, le=3)
    minimum_plots: int = Field(2, ge=1)
    word_vectors: Path | None = None
    embedding_width: Width = 300
    embedding_dropout: Share = 0.3
    lstm_width: Width = 256
    lstm_layers: Width = 2
    lstm_attention: bool = True
    cnn_widths: Annotated[tuple[Width, ...], Field(min_length=1)] = (64, 128, 256, 512)
