"""Movies drawn to their genres, where the model says how near each is."""

from torch import Tensor


def contrastive_loss(similarity: Tensor, genres: Tensor) -> Tensor:
    """Draws each movie to its genres and away from the others (Li et al. 2023, https://arxiv.org/abs/2310.08032).

    Genres are the anchors, as in supervised contrastive learning (Khosla et al. 2020, eq. 2): the mean over a
    movie's genres of -log softmax, summed over the movies that have any, over all movies of the batch.

    Args:
        similarity: (B, G), over the temperature.
        genres: (B, G), 0 or 1.
    """
    log_shares = similarity.float().log_softmax(dim=1)
    counts = genres.sum(dim=1)
    own = -(log_shares * genres).sum(dim=1) / counts.clamp(min=1)
    return own.sum() / max(1, len(genres))
