"""Binary cross-entropy."""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from cinefuse.training.losses.loss import LOSSES, Loss


@LOSSES.register("bce", "binary cross-entropy, each genre weighted by its rarity")
class WeightedBCE(Loss):
    """Mean binary cross-entropy with `pos_weight`."""

    def forward(self, logits: Tensor, genres: Tensor) -> Tensor:
        """See `Loss`."""
        return binary_cross_entropy_with_logits(logits.float(), genres, pos_weight=self.genre_weights)
