"""What may be set about the loss."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Power = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class LossSettings(BaseModel):
    """Which loss, and its numbers.

    Attributes:
        loss: name of a registered loss.
        class_weights: of a genre's movies in the loss: `balanced` is negatives / positives of the training
            split, `sqrt` its square root.
        focal_gamma: how far what is told well counts less; 0 is binary cross-entropy.
        asymmetric_gamma_positive: as `focal_gamma`, for the genres that a movie has.
        asymmetric_gamma_negative: as `focal_gamma`, for those that it has not.
        asymmetric_clip: a genre that a movie has not costs nothing up to this probability.
        class_balanced_beta: how fast one more film of a genre brings less; 0 weighs all genres alike, towards
            1 the weights become those of inverse frequency.
        distribution_alpha: what every weight of the distribution-balanced loss is above.
        distribution_beta: how steeply its weights rise with how rare a genre is among those of its movie.
        distribution_mu: where they rise most, as a share: 1 is a movie's only genre.
        distribution_kappa: how far a genre's rarity shifts its logits.
        distribution_lambda: how many times sooner a genre that a movie has not ceases to matter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss: str = "bce"
    class_weights: Literal["balanced", "sqrt", "none"] = "balanced"
    focal_gamma: Power = 2.0
    asymmetric_gamma_positive: Power = 1.0
    asymmetric_gamma_negative: Power = 4.0
    asymmetric_clip: Annotated[float, Field(ge=0, lt=1)] = 0.05
    class_balanced_beta: Annotated[float, Field(ge=0, lt=1)] = 0.999
    distribution_alpha: Power = 0.1
    distribution_beta: Power = 10.0
    distribution_mu: Power = 0.3
    distribution_kappa: Power = 0.05
    distribution_lambda: Positive = 5.0
