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
        attention_pooled: attend to the one pooled vector of the other modality, and average over padding
            too, as the report's own code does; False attends to every place and word.
        alpha: where late fusion's share of the text begins, in 0..1.
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
