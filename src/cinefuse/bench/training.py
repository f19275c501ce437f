"""Training at full size: films a second of our Trainer and of a plain loop, on the same films."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cinefuse.bench.clock import TimedTrainer, now
from cinefuse.bench.context import BENCHES, Context, Subject, build
from cinefuse.bench.films import spread_over, with_long_plots
from cinefuse.bench.plain import PlainDataset, PlainTraining, plain_batches
from cinefuse.bench.record import Entry
from cinefuse.bench.turns import race
from cinefuse.corpus.movie import Movie
from cinefuse.errors import SettingsError
from cinefuse.inference import best_device
from cinefuse.training.losses import genre_weights

PLAIN_STEPS = 1  # of a plain turn: every film costs it the same


@BENCHES.register("training", "films/s of training, on the corpus' own plots")
def training(context: Context) -> list[Entry]:
    """An entry a model."""
    movies = spread_over(context.corpus.split("train"), context.films)
    return [_entry("training", context, name, movies) for name in context.models]


@BENCHES.register("training-long", "films/s of training, on plots with MM-IMDb's lengths")
def training_long(context: Context) -> list[Entry]:
    """An entry a model that reads plots."""
    movies = with_long_plots(spread_over(context.corpus.split("train"), context.films))
    reading = [name for name in context.models if context.settings(name).text is not None]
    if not reading:
        raise SettingsError(
            f"bench training-long, --models {','.join(context.models)}: none reads plots, which are what is "
            "long here; allowed are some that do"
        )
    return [_entry("training-long", context, name, movies) for name in reading]


def _entry(bench: str, context: Context, name: str, movies: Sequence[Movie]) -> Entry:
    ours, plain = _Ours(build(context, name), movies, context.folder), _Plain(build(context, name), movies)
    entry = race(bench, name, "films/s", (plain.measure, ours.measure), context.turns)
    return entry.model_copy(
        update={
            "parts": {"ours": ours.shares, "plain": plain.shares},
            "notes": {"mean tokens": round(float(ours.lengths.mean()), 1)},
        }
    )


class _Ours:
    """An epoch of the Trainer."""

    def __init__(self, subject: Subject, movies: Sequence[Movie], folder: Path) -> None:
        self._subject, self._table, self._folder = subject, subject.table(movies), folder
        self.lengths = self._table.lengths
        self.shares: dict[str, float] = {}

    def measure(self) -> float:
        """Films a second."""
        settings = self._subject.settings.model_copy(update={"max_epochs": 1, "report_to": "none"})
        trainer = TimedTrainer(
            self._subject.model, self._table, self._table, settings, str(self._folder / "checkpoints")
        )
        trainer.train()
        self.shares = trainer.shares()
        return len(self._table) / trainer.clock.seconds


class _Plain:
    """A few steps of the plain loop."""

    def __init__(self, subject: Subject, movies: Sequence[Movie]) -> None:
        settings = subject.settings
        self._dataset = PlainDataset(movies, subject.genres, settings, subject.tokenizer, varied=True)
        weights = genre_weights(subject.table(movies[:1]).genres, "none")
        self._training = PlainTraining(subject.model, settings, weights, best_device())
        self._batch_size = settings.batch_size
        self.shares: dict[str, float] = {}

    def measure(self) -> float:
        """Films a second."""
        began, loading, films = now(), 0.0, 0
        batches = plain_batches(self._dataset, self._batch_size, shuffled=True)
        for _ in range(PLAIN_STEPS):
            asked = now()
            tensors: dict[str, Any] = next(batches)
            loading += now() - asked
            self._training.step(tensors)
            films += len(tensors["genres"])
        seconds = now() - began
        self.shares = {"loader": round(loading / seconds, 3), "model": round(1 - loading / seconds, 3)}
        return films / seconds
