"""Plots of the catalogue: sentences put together the way that synopses are, flaws included.

A plot speaks of some of its film's genres and is silent about others; now and then a sentence comes from a
genre that the film does not have, and words wander between related genres. The shares below set how hard
the catalogue is to read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cinefuse.corpus.catalogue.genre_sets import GENRE_INDEX, draw_other_genre, lifts
from cinefuse.corpus.catalogue.people import HER_NAMES, HIS_NAMES
from cinefuse.corpus.catalogue.sentences import VOCABULARIES
from cinefuse.corpus.catalogue.sentences.neutral import ENDINGS, OPENINGS, TIMES, TOWNS, TURNS
from cinefuse.corpus.genres import MMIMDB_GENRES

MENTIONED = 0.75  # chance that a plot speaks of a genre that its film has
MISLEADING = 0.15  # share of sentences from a genre that the film does not have
NEUTRAL = 0.2  # share of sentences that fit any film
BORROWED = 0.06  # share of words taken from a related genre
OUTLINED = 0.12  # share of films with a second, shorter plot
SENTENCES = (4, 6)  # fewest and most

Draft = tuple[str, str | None]  # a sentence with its slots open, and the genre whose words fill them

_SLOT = re.compile(r"<(\w+)>")
_SENTENCE_START = re.compile(r"(^|[.?!] )([a-z])")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeioAEIO]|u[a-mo-z]|un[a-hj-z])")


@dataclass(frozen=True, slots=True)
class WrittenPlots:
    """The plots of one film, and the genres of the film that they speak of."""

    plots: tuple[str, ...]
    told: tuple[str, ...]


class PlotWriter:
    """Writes plots for films of given genres.

    Args:
        random: one film's own source of randomness.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        table = lifts()
        np.fill_diagonal(table, 0.0)
        self.kinship = table / table.sum(axis=1, keepdims=True)

    def write(self, genres: tuple[str, ...]) -> WrittenPlots:
        """The film's plot, at times with a one-sentence outline before it."""
        silent = [genre for genre in genres if self.random.random() < MENTIONED]  # not spoken of as yet
        spoken: list[str] = []
        names = self._names()
        drafts = [self._opening(silent, spoken)]
        for _ in range(int(self.random.integers(SENTENCES[0], SENTENCES[1] + 1)) - 1):
            draft = self._turn(genres, silent, spoken)
            if draft not in drafts:  # nobody writes the same sentence twice, even with other nouns
                drafts.append(draft)
        sentences = [self._fill(*draft) for draft in drafts]
        plots = [self._finish(sentences, names)]
        if self.random.random() < OUTLINED:
            plots.insert(0, self._finish(sentences[:1], names))
        return WrittenPlots(tuple(plots), tuple(genre for genre in genres if genre in spoken))

    def _opening(self, silent: list[str], spoken: list[str]) -> Draft:
        if not silent or self.random.random() < NEUTRAL:
            return self._pick(OPENINGS), None
        genre = self._speak(silent, spoken)
        return self._pick(VOCABULARIES[genre].openings), genre

    def _turn(self, genres: tuple[str, ...], silent: list[str], spoken: list[str]) -> Draft:
        chance = self.random.random()
        if chance < MISLEADING:
            genre = draw_other_genre(genres, self.random)
        elif chance < MISLEADING + NEUTRAL or not silent + spoken:
            return self._pick(TURNS + ENDINGS), None
        else:
            genre = self._speak(silent, spoken)
        return self._pick(VOCABULARIES[genre].turns), genre

    def _speak(self, silent: list[str], spoken: list[str]) -> str:
        """A genre to speak of: first those that the plot means to mention and has not."""
        genre = self._pick(silent or spoken)
        if genre in silent:
            silent.remove(genre)
            spoken.append(genre)
        return genre

    def _fill(self, sentence: str, genre: str | None) -> str:
        """Puts words of `genre`, or now and then of a related one, into the slots that genres fill."""

        def word(slot: re.Match[str]) -> str:
            if genre is None or slot[1] not in VOCABULARIES[genre].words:
                return slot[0]
            source = genre
            if self.random.random() < BORROWED:
                kin = self.random.choice(len(MMIMDB_GENRES), p=self.kinship[GENRE_INDEX[genre]])
                source = MMIMDB_GENRES[int(kin)]
            return self._pick(VOCABULARIES[source].words[slot[1]])

        return _SLOT.sub(word, sentence)

    def _names(self) -> dict[str, str]:
        """What the slots of the whole plot stand for: the same person and place in every sentence."""
        she = self.random.random() < 0.5
        own, others = (HER_NAMES, HIS_NAMES) if she else (HIS_NAMES, HER_NAMES)
        return {
            "name": self._pick(own),
            "other": self._pick(others),
            "town": self._pick(TOWNS),
            "time": self._pick(TIMES),
            "she": "she" if she else "he",
            "her": "her" if she else "his",
        }

    def _finish(self, sentences: Sequence[str], names: dict[str, str]) -> str:
        text = _SLOT.sub(lambda slot: names[slot[1]], " ".join(sentences))
        text = _ARTICLE.sub(r"\1n ", text)
        return _SENTENCE_START.sub(lambda start: start[1] + start[2].upper(), text)

    def _pick(self, options: Sequence[str]) -> str:
        return options[int(self.random.integers(len(options)))]
