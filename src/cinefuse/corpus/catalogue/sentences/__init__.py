"""What plots are written with: each genre's words and sentences, and those that fit any film.

All of them were written for this catalogue.
"""

from cinefuse.corpus.catalogue.sentences.danger import DANGER
from cinefuse.corpus.catalogue.sentences.heart import HEART
from cinefuse.corpus.catalogue.sentences.vocabulary import Vocabulary
from cinefuse.corpus.catalogue.sentences.wonder import WONDER
from cinefuse.corpus.catalogue.sentences.world import WORLD

VOCABULARIES: dict[str, Vocabulary] = DANGER | HEART | WONDER | WORLD

__all__ = ["VOCABULARIES", "Vocabulary"]
