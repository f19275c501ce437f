"""The first pass over a source: what decides which movies make the corpus, in a few bytes a movie.

Plots and posters are looked at and let go; the second pass (`source_movies`) reads those that are used.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cinefuse.corpus.movie import SPLITS, Fault, Reading, SourceMovie
from cinefuse.corpus.record import CorpusRules

PLACES = (*SPLITS, "unpaired")  # a split as one byte is its place in here
NOWHERE, UNPAIRED = -1, PLACES.index("unpaired")
SHORT, TWICE, NO_PLOT, NO_POSTER = 1, 2, 4, 8  # what may be said of a movie, a bit each
SHOWN_FAULTS = 10


@dataclass
class Faults:
    """What is faulty in a source: how many for which reason, and the first few."""

    reasons: Counter[str] = field(default_factory=Counter)
    first: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """One more."""
        self.reasons[fault.reason] += 1
        if len(self.first) < SHOWN_FAULTS:
            self.first.append(fault)


class Survey:
    """M movies of a source that can be read.

    Attributes:
        faults: what else is in it.
        keys: (M,) int64, of each id; see `unique_ids`.
        splits: (M,) int8, the source's own: places in `PLACES`, or `NOWHERE`.
        names: every genre that occurs.
        n_genres: (M,) how many genres each has, in the smallest type that holds it,
        mentions: (mentions,) and which of `names` they are, movie after movie, each once; likewise.
    """

    def __init__(self, entries: Iterable[SourceMovie | Fault], rules: CorpusRules) -> None:
        self.faults = Faults()
        numbers: dict[str, int] = {}
        keys, splits, said, n_genres, mentions = (array(kind) for kind in "qbBii")
        for entry in entries:
            if isinstance(entry, Fault):
                self.faults.add(entry)
                continue
            genres = dict.fromkeys(entry.genres)
            keys.append(hash(entry.id))
            splits.append(NOWHERE if entry.split is None else PLACES.index(entry.split))
            said.append(_said(entry, len(genres), rules))
            n_genres.append(len(genres))
            mentions.extend([numbers.setdefault(genre, len(numbers)) for genre in genres])
        self.names = tuple(numbers)
        self.keys: NDArray[np.int64] = np.array(keys, dtype=np.int64)
        self.splits: NDArray[np.int8] = np.array(splits, dtype=np.int8)
        self._said: NDArray[np.uint8] = np.array(said, dtype=np.uint8)
        self.n_genres = np.array(n_genres, dtype=np.min_scalar_type(max(n_genres, default=0)))
        self.mentions = np.array(mentions, dtype=np.min_scalar_type(len(numbers)))

    def __len__(self) -> int:
        return len(self.keys)

    def are(self, what: int) -> NDArray[np.bool_]:
        """(M,) whether that is said of each: `SHORT` (the plot, for the rules), `TWICE` (a genre), ..."""
        return (self._said & what).astype(bool)

    def count(self, which: NDArray[np.bool_] | None = None) -> dict[str, int]:
        """How many movies have each of `names`, of all or of `which` (M,)."""
        mentions = self.mentions if which is None else self.mentions[np.repeat(which, self.n_genres)]
        counts = np.bincount(mentions, minlength=len(self.names)).tolist()
        return dict(zip(self.names, counts, strict=True))


def survey(reading: Reading, rules: CorpusRules) -> tuple[Survey, Iterable[SourceMovie | Fault]]:
    """What is in a source, and what to go through the second time: ids are unique in either.

    A key stands for an id, at eight bytes a movie. Only where keys occur twice is the source gone through
    once more, to compare those ids themselves.
    """
    entries, repeated = reading.entries, frozenset[int]()
    while True:
        found = Survey(entries, rules)
        keys = np.sort(found.keys)
        new = repeated.union(keys[1:][keys[1:] == keys[:-1]].tolist())
        if new == repeated:
            return found, entries
        repeated = new
        entries = UniqueIds(reading.entries, repeated)


@dataclass(frozen=True, slots=True)
class UniqueIds:
    """Entries, with every later movie of the same id turned into a fault; the first is kept.

    Attributes:
        repeated: the only keys of ids that may be there twice.
    """

    entries: Iterable[SourceMovie | Fault]
    repeated: Collection[int]

    def __iter__(self) -> Iterator[SourceMovie | Fault]:
        first: dict[str, tuple[str, str | None]] = {}
        for entry in self.entries:
            if isinstance(entry, Fault) or hash(entry.id) not in self.repeated:
                yield entry
            elif entry.id in first:
                where, split = first[entry.id]
                yield Fault(
                    entry.where,
                    "duplicate id" if entry.split == split else "movie in two splits",
                    f"{entry.id} ({entry.split or 'no split'}) is also {where} "
                    f"({split or 'no split'}); allowed: each id once",
                )
            else:
                first[entry.id] = entry.where, entry.split
                yield entry


def _said(entry: SourceMovie, n_genres: int, rules: CorpusRules) -> int:
    plot = rules.plot_of(entry)
    # films without a plot by design are none too short
    short = entry.split != "unpaired" and len((plot or "").split()) < rules.min_words
    return (
        SHORT * short
        + TWICE * (n_genres < len(entry.genres))
        + NO_PLOT * (plot is None)
        + NO_POSTER * (entry.poster is None)
    )
