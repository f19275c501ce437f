"""The catalogue's own split: 70 / 15 / 15, with every genre in every part.

Films are dealt out like cards, those of the rarest genre first, so that each genre is spread in proportion.
"""

from collections import Counter
from collections.abc import Sequence

from cinefuse.corpus.catalogue.genre_sets import GENRE_INDEX

# Twenty cards: 14 train, 3 dev, 3 test, as far apart as they can lie.
DEAL = (
    *("train", "test", "train", "train", "dev", "train", "train"),
    *("train", "test", "train", "train", "dev", "train", "train"),
    *("train", "test", "train", "dev", "train", "train"),
)


def deal_splits(genre_sets: Sequence[tuple[str, ...]]) -> list[str]:
    """One split a film, in the films' order."""
    rarest = [max(GENRE_INDEX[genre] for genre in genres) for genres in genre_sets]
    dealt: Counter[int] = Counter()
    splits = []
    for genre in rarest:
        # each genre begins elsewhere in the deal, or small groups would all begin with "train"
        splits.append(DEAL[(dealt[genre] + 3 * genre) % len(DEAL)])
        dealt[genre] += 1
    return splits
