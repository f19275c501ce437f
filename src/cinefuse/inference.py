"""The only way in which a model is ever scored: in training, evaluation and serving alike."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import torch

from cinefuse import processes
from cinefuse.bundle import Bundle, load_bundle
from cinefuse.corpus.movie import Movie, check_movies
from cinefuse.features.batch import Batch
from cinefuse.features.links import LINKS, LinkFinder
from cinefuse.features.table import FeatureSettings, FeatureTable, encode_movies
from cinefuse.frozen import with_frozen
from cinefuse.fusion import GRAPHS
from cinefuse.model import GenreModel, ModelOutput
from cinefuse.prediction import (
    Calibrated,
    Lacking,
    Part,
    Prediction,
    RunRecord,
    Scores,
    films_at_once,
    shown,
)

MODALITIES: dict[str, Part] = {"text": "plot", "vision": "poster"}  # what encoders call what movies have
Probabilities = Scores
Watch = Callable[[Batch, ModelOutput], None]  # is shown each batch of a scoring, and what came of it


def score_table(
    model: GenreModel,
    table: FeatureTable,
    batch_size: int | None = None,
    watch: Watch | None = None,
    *,
    together: bool = False,
) -> Scores:
    """(N, G) probabilities in the table's order; batches are grouped by length, padded to their longest."""
    (scores,) = score_conditions(model, table, [()], batch_size, watch, together=together)
    return scores


@torch.inference_mode()
def score_conditions(
    model: GenreModel,
    table: FeatureTable,
    conditions: Sequence[Sequence[str]],
    batch_size: int | None = None,
    watch: Watch | None = None,
    *,
    together: bool = False,
) -> list[Scores]:
    """As `score_table`, once for each condition: the modalities that are hidden. Encoders run only once.

    Args:
        model: left in the mode that it was in.
        table: the movies.
        conditions: `()` hides nothing, `("vision",)` the posters.
        batch_size: movies at once; None for what is fast.
        watch: is shown every batch, and what came of it under the first condition.
        together: every process is here, scores its share of the batches and gets the scores of all.
    """
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    batch_size = batch_size or films_at_once(
        sum(one.numel() for one in model.parameters()), on_cpu=device.type == "cpu"
    )
    order = np.argsort(table.lengths, kind="stable")
    scored = [np.zeros(tuple(table.genres.shape), dtype=np.float32) for _ in conditions]
    starts = range(0, len(order), batch_size)
    for start in starts[processes.index() :: processes.count()] if together else starts:
        indices = order[start : start + batch_size]
        batch = table.batch(indices.tolist()).to(device)
        encoded = model.encode(batch)
        for number, hidden in enumerate(conditions):
            watched = watch is not None and number == 0
            output = model.join(encoded, hidden, weigh=watched)
            scored[number][indices] = torch.sigmoid(output.logits.float()).cpu().numpy()
            if watch is not None and watched:
                watch(batch, output)
    model.train(was_training)
    # every film is in one process' share, and 0 in all others'
    return [processes.summed(scores) for scores in scored] if together else scored


def best_device() -> torch.device:
    """A GPU where there is one."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Predictor:
    """A run, ready to score movies.

    `probabilities` and `predict` give calibrated probabilities, where the run has a calibration; `score`
    gives them as the model does, on one scale for movies that lack a part and those that do not. Either
    gives the same genres, by the thresholds that belong to it.

    Attributes:
        record: what the run says of itself.
        name: of the recipe.
        genres: the columns of every matrix of probabilities.
        thresholds: (G,), at or above which a calibrated probability gives its genre, where nothing lacks.
    """

    def __init__(self, bundle: Bundle, device: torch.device | None = None) -> None:
        self.bundle = bundle
        self.record: RunRecord = bundle.record
        self.name = bundle.record.model
        self.genres = bundle.record.genres
        self._verdict = bundle.record.verdict()
        self.thresholds = self._verdict.decided_by(())
        self._model = bundle.model.to(device or best_device())
        scoring, people = bundle.record.scoring, bundle.people
        self._finder: LinkFinder | None = None
        if scoring.graph is not None and people is not None:
            self._finder = LINKS[GRAPHS[scoring.graph].links](people, scoring)

    def __repr__(self) -> str:
        return shown(self)

    @classmethod
    def load(cls, run: str | Path, device: torch.device | None = None) -> Self:
        """Opens the run in that folder.

        Raises:
            RunError: if it is not a whole run of this version.
        """
        return cls(load_bundle(Path(run)), device)

    def over(self, model: GenreModel) -> Self:
        """The same predictor over a copy of its model, on the device that this one is on."""
        other = copy(self)
        other.bundle, other._model = replace(self.bundle, model=model), model
        return other

    @property
    def reads(self) -> tuple[str, ...]:
        """What the model reads of a movie: "plot", "poster" or both."""
        scoring = self.bundle.record.scoring
        return ("plot",) * (scoring.text is not None) + ("poster",) * (scoring.vision is not None)

    @property
    def knows_people(self) -> bool:
        """Whether a movie's director and cast tell it more, where they made training films too."""
        return self._finder is not None

    def strangers(self, movie: Movie) -> tuple[str, ...]:
        """Of the names of who made it those of whom the model knows nothing, as they are given."""
        return self._finder.strangers(movie) if self._finder else (*movie.director, *movie.cast)

    @property
    def reading(self) -> str:
        """What decides its features of a movie: where it is the same, so are they, and may be shared."""
        scoring, tokenizer = self.bundle.record.scoring, self.bundle.tokenizer
        own = scoring.model_dump_json(include=set(FeatureSettings.model_fields))
        # each run has a graph of its own
        graph = self.bundle.people and (scoring.graph, scoring.graph_links, id(self.bundle.people))
        return repr((self.reads, own, tokenizer and tokenizer.to_str(), graph))

    def features(self, movies: Sequence[Movie], *, tell: bool = True, keep: bool = False) -> FeatureTable:
        """The movies as the model reads them.

        Args:
            movies: of any kind.
            tell: show how far reading the posters has come.
            keep: see `encode_movies`.

        Raises:
            TypeError: if that is no sequence of movies.
        """
        check_movies(movies)
        scoring = self.bundle.record.scoring
        sees = scoring.vision is not None
        table = encode_movies(
            movies, self.genres, scoring, self.bundle.tokenizer, read_posters=sees, tell=tell, keep=keep
        )
        return table.with_links(self._finder.find(movies)) if self._finder else table

    def split_features(self, movies: Sequence[Movie], *, watched: bool) -> FeatureTable:
        """As `features`, of a corpus' split, which is read again and again: what its reading costs is kept.

        Args:
            movies: of the split.
            watched: somebody wants to see what a fusion attends to, for which the encoders have to run.
        """
        table = self.features(movies, keep=True)
        if watched and self._model.fusion.reads_tokens:
            return table
        (recalled,) = with_frozen(self._model, [table], next(self._model.parameters()).device)
        return recalled

    def probabilities(self, movies: Sequence[Movie]) -> Calibrated:
        """(N, G) calibrated probabilities of the movies' genres."""
        (told,) = self.calibrated_conditions(self.features(without_genres(movies)), [()])
        return told

    def score(self, table: FeatureTable, watch: Watch | None = None) -> Scores:
        """(N, G) probabilities, before calibration, of movies that are features already."""
        (scores,) = self.score_conditions(table, [()], watch)
        return scores

    def score_conditions(
        self, table: FeatureTable, conditions: Sequence[Sequence[str]], watch: Watch | None = None
    ) -> list[Scores]:
        """As `score`, once for each condition: modalities ("text", "vision") that are hidden."""
        found = score_conditions(self._model, table, conditions, watch=watch)
        lacking = table.all_lacking()
        return [
            self._verdict.aligned(scores, [lacking_also(kind, hidden) for kind in lacking])
            for scores, hidden in zip(found, conditions, strict=True)
        ]

    def calibrated_conditions(
        self, table: FeatureTable, conditions: Sequence[Sequence[str]]
    ) -> list[Calibrated]:
        """As `score_conditions`, calibrated."""
        found, lacking = self.score_conditions(table, conditions), table.all_lacking()
        return [
            self._verdict.calibrated(scores, [lacking_also(kind, hidden) for kind in lacking])
            for scores, hidden in zip(found, conditions, strict=True)
        ]

    def predict(self, movies: Sequence[Movie]) -> list[Prediction]:
        """The genres of each movie."""
        table = self.features(without_genres(movies), tell=False)
        return self._verdict.predictions(
            [movie.id for movie in movies], self.score(table), table.all_lacking()
        )


def lacking_also(lacking: Lacking, hidden: Sequence[str]) -> Lacking:
    """What a movie lacks where those modalities are hidden as well."""
    return tuple(part for name, part in MODALITIES.items() if part in lacking or name in hidden)


def without_genres(movies: Sequence[Movie]) -> list[Movie]:
    """The movies, for prediction, which must not trip over genres that the model does not know."""
    check_movies(movies)
    return [replace(movie, genres=()) for movie in movies]
