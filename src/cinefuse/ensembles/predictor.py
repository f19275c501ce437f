"""An ensemble, ready to score movies as a run does."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Self

import numpy as np
import torch

from cinefuse.corpus.movie import Movie
from cinefuse.ensembles.members import Members, MembersTable
from cinefuse.ensembles.record import MEMBERS, EnsembleRecord, read_ensemble_record
from cinefuse.errors import RunError
from cinefuse.folds import Fold, split_off
from cinefuse.inference import Predictor, Watch, lacking_also, without_genres
from cinefuse.metrics.blending import blend
from cinefuse.prediction import Calibrated, Prediction, Scores, shown


class EnsemblePredictor:
    """Like `Predictor`, and asked the same way; `features` and what they make are the ensemble's own.

    What is before calibration with a run is here the members' blend: their own calibrations have been
    applied, the ensemble's has not.

    Attributes:
        record: what the ensemble says of itself.
        name: what reports call it.
        genres: the columns of every matrix of probabilities.
        reads: "plot", "poster" or both: what any member reads.
        knows_people: whether any member knows people.
        thresholds: (G,), at or above which a calibrated probability gives its genre, where nothing lacks.
    """

    def __init__(self, record: EnsembleRecord, members: Sequence[Predictor]) -> None:
        self.record = record
        self.name, self.genres = record.model, record.genres
        self._members = Members(members)
        self._weights = [weight for _, weight in record.kept]
        self.reads = self._members.reads
        self.knows_people = any(member.knows_people for member in members)
        self._verdict = record.verdict()
        self.thresholds = self._verdict.decided_by(())

    def __repr__(self) -> str:
        return shown(self)

    @classmethod
    def load(cls, directory: str | Path, device: torch.device | None = None) -> Self:
        """Opens the ensemble in that folder, with all its members.

        Raises:
            RunError: if it is not a whole ensemble of this version.
        """
        folder = Path(directory)
        record = read_ensemble_record(folder)
        members = [Predictor.load(folder / MEMBERS / name, device) for name, _ in record.kept]
        for member, (name, _) in zip(members, record.kept, strict=True):
            if member.genres != record.genres:
                raise RunError(
                    f"{folder / MEMBERS / name}: its genres, or their order, are not the ensemble's; "
                    "make the ensemble again"
                )
        return cls(record, members)

    def strangers(self, movie: Movie) -> tuple[str, ...]:
        """Of the names of who made it those of whom no member knows anything, as they are given."""
        unknown = [set(member.strangers(movie)) for member in self._members.predictors]
        return tuple(name for name in (*movie.director, *movie.cast) if all(name in one for one in unknown))

    def features(self, movies: Sequence[Movie], *, tell: bool = True) -> MembersTable:
        """The movies as the members read them; see `Predictor.features`."""
        return self._members.features(movies, tell=tell)

    def split_features(self, movies: Sequence[Movie], *, watched: bool = False) -> MembersTable:
        """As `features`, of a corpus' split, which is read again and again."""
        del watched  # what members weigh is not an ensemble's to tell
        return self._members.split_features(movies)

    def probabilities(self, movies: Sequence[Movie]) -> Calibrated:
        """(N, G) calibrated probabilities of the movies' genres."""
        table = self.features(without_genres(movies))
        return self._verdict.calibrated(self.score(table), table.all_lacking())

    def score(self, table: MembersTable) -> Scores:
        """(N, G) probabilities, before the ensemble's calibration, of movies that are features already."""
        (scores,) = self.score_conditions(table, [()])
        return scores

    def score_conditions(
        self, table: MembersTable, conditions: Sequence[Sequence[str]], watch: Watch | None = None
    ) -> list[Scores]:
        """As `score`, once for each condition: modalities ("text", "vision") that are hidden.

        Args:
            table: of `features`.
            conditions: `()` hides nothing.
            watch: is shown nothing: every member weighs in its own way.
        """
        del watch
        lacking = table.all_lacking()
        return [
            self._verdict.aligned(
                blend(told.probabilities, self._weights, self.record.blend, told.reading).astype(np.float32),
                [lacking_also(kind, hidden) for kind in lacking],
            )
            for told, hidden in zip(self._members.told(table, conditions), conditions, strict=True)
        ]

    def predict(self, movies: Sequence[Movie]) -> list[Prediction]:
        """The genres of each movie."""
        return self._predictions(movies, self.features(without_genres(movies), tell=False))

    def _predictions(self, movies: Sequence[Movie], table: MembersTable) -> list[Prediction]:
        return self._verdict.predictions(
            [movie.id for movie in movies], self.score(table), table.all_lacking()
        )

    @property
    def folds(self) -> list[Fold]:
        """What its members were trained without, where weights were learned of that (see `evidence`)."""
        parts = {one.fold for one in self.record.members if one.fold is not None}
        return [Fold.parse(one) for one in sorted(parts)] if self.record.learned_from == "unseen" else []

    def predict_unseen(self, movies: Sequence[Movie], train: Sequence[Movie]) -> list[Prediction]:
        """As `predict`, but each film of the train split is told by members that have not learned from it.

        Members that know the answer are surer than they would be of a film that is new. It is their own
        calibrated probabilities that are blended; genres are given by the thresholds of all, which nearly
        fit.

        Args:
            movies: any; by their ids, those of the train split are known.
            train: the split that its members were trained on, each without a part.
        """
        unseen_by = {
            movie.id: fold for fold in self.folds for movie in split_off(train, self.genres, fold)[1]
        }
        told: dict[str, Prediction] = {}
        for fold in dict.fromkeys(unseen_by.get(movie.id) for movie in movies):
            asked = [movie for movie in movies if unseen_by.get(movie.id) == fold]
            told |= {one.id: one for one in self._predict_part(asked, fold)}
        return [told[movie.id] for movie in movies]

    def _predict_part(self, movies: Sequence[Movie], fold: Fold | None) -> list[Prediction]:
        """Films of a part, which have been read before; of none, new ones."""
        if fold is None:
            return self.predict(movies)
        members = self._without(fold)
        return members._predictions(movies, members.split_features(movies))

    def _without(self, fold: Fold) -> Self:
        """Of its members those that were trained without that part."""
        kept = [one for one in self.record.members if one.folder is not None]
        own = [one.fold == str(fold) for one in kept]
        # thresholds and calibration are those of all, who are less sure; the members have their own
        record = self.record.model_copy(
            update={"members": tuple(compress(kept, own)), "calibration": None, "without": {}}
        )
        return type(self)(record, list(compress(self._members.predictors, own)))
