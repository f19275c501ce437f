"""What may be set about the fusion and the head."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1)]


class FusionSettings(BaseModel):
    """Which fusion, how wide.

    Attributes:
        fusion: name of a registered fusion.
        dropout: before each layer of the head, and inside the fusion.
        layer_norm: normalise each hidden layer of heads and joint networks, with GELU instead of ReLU.
        auxiliary_loss: weight of a loss on each modality's own head beside the fused one; 0 builds no such
            heads (late fusion has them anyway).
        head_width: hidden layer of the head that one modality has (alone or in late fusion); None for a
            linear head.
        early_width: both modalities are projected to this before they are joined.
        early_layers: hidden layers of the joint network of early fusion.
        attention_width: width of cross-attention; None for the text encoder's own.
        attention_heads: must divide the width.
        attention_hidden: hidden layer of the joint network behind cross-attention.
        attention_pooled: attend to the one pooled vector of the other modality, and average over padding
            too, as the report's own code does; False attends to every place and word.
        alpha: where late fusion's share of the text begins, in 0..1.
        joint_width: both modalities are projected to this by the published fusions that join one width.
        maxout_width: of the two maxout layers of the gated unit and of the experts.
        maxout_pieces: linear layers that a maxout layer takes the largest of.
        experts: how many a modality has.
        gate_per_genre: the experts' gate is one a genre; False for one that all genres share.
        central_layers: hidden layers of CentralNet's three networks, which are alike.
        rank: how many products of factors low-rank fusion adds up.
        low_rank_width: what comes out of them.
        image_tokens: words that the bitransformer makes of a poster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fusion: str = "single"
    dropout: Share = 0.3
    layer_norm: bool = False
    auxiliary_loss: Annotated[float, Field(ge=0)] = 0.0
    head_width: Width | None = 256
    early_width: Width = 512
    early_layers: tuple[Width, ...] = (1024, 512, 256)
    attention_width: Width | None = None
    attention_heads: Width = 8
    attention_hidden: Width = 512
    attention_pooled: bool = False
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.5
    joint_width: Width = 512
    maxout_width: Width = 512
    maxout_pieces: Width = 2
    experts: Width = 1
    gate_per_genre: bool = True
    central_layers: Annotated[tuple[Width, ...], Field(min_length=1)] = (512, 512)
    rank: Width = 4
    low_rank_width: Width = 256
    image_tokens: Width = 3
