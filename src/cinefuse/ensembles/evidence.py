"""The films that an ensemble's weights and thresholds are learned from, and what its voices say of them.

A voice is one member, and the films are dev's; or it is a member for each part of the training films, trained
without that part (`training.settings`, fold). Then the films are the training films themselves, each told by
the member that has not seen it (as stacking learns what to do with its members: Wolpert 1992,
https://doi.org/10.1016/S0893-6080(05)80023-1). Dev's genres have no say in weights and thresholds then,
beyond the epoch and the calibration that each member has chosen by them. What one member of each voice says
is nearer to 0 and 1 than the mean of all, of which thresholds are to be learned: dev's films, told by both,
say how much (`metrics.equating`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.ensembles.members import Members, Told
from cinefuse.folds import Fold, split_off
from cinefuse.inference import MODALITIES
from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.metrics.blending import Blend, blend
from cinefuse.metrics.equating import equate_parts
from cinefuse.metrics.held_out import Rows
from cinefuse.prediction import Lacking, Scores, rows_like
from cinefuse.progress import say

CONDITIONS = ((), *((name,) for name in MODALITIES))  # what is hidden: nothing, the plot, the poster
Voices = tuple[tuple[int, ...], ...]  # members of each, in the order of the parts that they left out


@dataclass(frozen=True, slots=True)
class Evidence:
    """V voices on N films.

    Attributes:
        told: under each of `CONDITIONS`.
        lacking: voice -> film -> which parts it has not, of those that the voice reads.
        targets: (N, G).
        told_by: (N,) which member of each voice told it; 0 where a voice is one member.
    """

    told: tuple[Told, ...]
    lacking: tuple[list[Lacking], ...]
    targets: Bools
    told_by: Rows

    def all_lacking(self, voices: Iterable[int] | None = None) -> list[Lacking]:
        """Which parts each film has not, of those that any of the voices reads."""
        own = self.lacking if voices is None else [self.lacking[one] for one in voices]
        return [
            tuple(part for part in MODALITIES.values() if any(part in kind for kind in kinds))
            for kinds in zip(*own, strict=True)
        ]

    @property
    def complete(self) -> Bools:
        """(N,) films that lack nothing; all where none of those has a genre."""
        complete = np.array([not kind for kind in self.all_lacking()], dtype=bool)
        return complete if self.targets[complete].any(axis=1).sum() > 1 else np.ones_like(complete)

    def of_complete(self) -> tuple[Floats, Bools]:
        """(V, N, G) and (N, G) of `complete` films."""
        return self.told[0].probabilities[:, self.complete], self.targets[self.complete]

    def blended(self, weights: Floats, how: Blend) -> list[Scores]:
        """(N, G) under each of `CONDITIONS`, by the voices that weigh something."""
        kept = np.flatnonzero(weights)
        return [
            blend(one.probabilities[kept], weights[kept], how, one.reading[kept]).astype(np.float32)
            for one in self.told
        ]


@dataclass(frozen=True, slots=True)
class Heard:
    """What there is to learn from.

    Attributes:
        voices: which members speak with each.
        films: what is learned from; `dev` itself where nothing else is.
        dev: of every member, a voice each.
    """

    voices: Voices
    films: Evidence
    dev: Evidence

    def blended(self, weights: Floats, how: Blend) -> list[Scores]:
        """(N, G) of `films` under each of `CONDITIONS`, on the scale of all members together.

        Args:
            weights: (V,), of the voices.
            how: what is blended.
        """
        said = self.films.blended(weights, how)
        if not self.unseen:
            return said
        of_all = self._of_members(weights, None)
        everybody = self.dev.blended(of_all, how)
        parts = [
            self.dev.blended(self._of_members(weights, part), how) for part in range(len(self.voices[0]))
        ]
        lacking = self.dev.all_lacking(np.flatnonzero(of_all))
        alike = [rows_like(lacking, part) for part in (None, *MODALITIES.values())]
        return [
            equate_parts(scores, self.films.told_by, [one[rows] for one in own], whole[rows]).astype(
                np.float32
            )
            for scores, own, whole, rows in zip(said, zip(*parts, strict=True), everybody, alike, strict=True)
        ]

    def _of_members(self, weights: Floats, part: int | None) -> Floats:
        """(M,): a voice's weight is that of the one who left out the part, or of all alike."""
        shares = np.zeros(sum(map(len, self.voices)))
        for voice, weight in zip(self.voices, weights, strict=True):
            for member in voice if part is None else voice[part : part + 1]:
                shares[member] = weight
        return shares

    @property
    def unseen(self) -> bool:
        """Whether it is training films, each unseen by who told it."""
        return self.films is not self.dev


def hear(members: Members, runs: Sequence[dict[str, Any]], corpus: Corpus) -> Heard:
    """Asks the members of dev; and of the films that each has not seen, where these are all there are.

    Args:
        members: the runs.
        runs: see `find_voices`.
    """
    voices = find_voices(runs)
    dev, train = corpus.split("dev"), corpus.split("train")
    say(f"ensemble: asking {len(runs)} runs of {len(dev):,} dev films")
    told = _tell(members, dev)
    if voices is not None:
        say(f"ensemble: asking each of the training films that it has not seen, {len(train):,} in all")
        return Heard(voices, _tell_unseen(members, voices, corpus), told)
    if any(run.get("fold") is not None for run in runs):
        say(
            "ensemble: weights and thresholds learn from dev: for training films to have a say, each model "
            "needs one run for each part that is left out (setting fold), and all as many parts"
        )
    return Heard(tuple((number,) for number in range(len(runs))), told, told)


def find_voices(runs: Sequence[dict[str, Any]]) -> Voices | None:
    """Runs that differ in nothing but the part that they left out, where these are all the parts of each.

    Args:
        runs: what makes each that run: its settings, and its `model`.

    Returns:
        None where any run has seen all training films, or a part is missing or there twice.
    """
    found: dict[str, dict[Fold, int]] = {}
    for number, run in enumerate(runs):
        if run.get("fold") is None:
            return None
        fold = Fold.parse(run["fold"])
        alike = repr(sorted((name, value) for name, value in run.items() if name != "fold"))
        if found.setdefault(alike, {}).setdefault(fold, number) != number:
            return None
    voices = [[parts[fold] for fold in sorted(parts, key=lambda one: one.number)] for parts in found.values()]
    counts = {fold.count for parts in found.values() for fold in parts}
    whole = len(counts) == 1 and all(len(parts) == next(iter(counts)) for parts in found.values())
    return tuple(map(tuple, voices)) if whole else None


def _tell_unseen(members: Members, voices: Voices, corpus: Corpus) -> Evidence:
    """Every voice on the train split: each film by the voice's member that was trained without it."""
    train, folds = corpus.split("train"), Fold.all_of(len(voices[0]))
    parts = [split_off(train, corpus.genres, fold)[1] for fold in folds]
    return _joined(
        [
            _tell(Members([members.predictors[voice[number]] for voice in voices]), unseen)
            for number, unseen in enumerate(parts)
        ]
    )


def _tell(members: Members, films: Sequence[Movie]) -> Evidence:
    table = members.split_features(films)
    lacking = tuple(one.all_lacking() for one in table.tables)
    told = tuple(members.told(table, CONDITIONS))
    return Evidence(told, lacking, table.genres.numpy(), np.zeros(len(table), dtype=np.int64))


def _joined(heard: Sequence[Evidence]) -> Evidence:
    """Films of several, one after the other."""
    told = tuple(
        Told(
            np.concatenate([one.probabilities for one in of_condition], axis=1),
            np.concatenate([one.reading for one in of_condition], axis=1),
        )
        for of_condition in zip(*(one.told for one in heard), strict=True)
    )
    lacking = tuple(
        [kind for part in of_voice for kind in part]
        for of_voice in zip(*(one.lacking for one in heard), strict=True)
    )
    told_by = np.repeat(np.arange(len(heard)), [len(one.targets) for one in heard])
    return Evidence(told, lacking, np.concatenate([one.targets for one in heard]), told_by)
