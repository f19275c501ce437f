"""The input path alone: from films on the disk to batches that a model reads."""

from collections.abc import Sequence
from functools import partial

from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context, Subject, build
from cinefuse.bench.films import spread_over
from cinefuse.bench.plain import PlainDataset, plain_batches
from cinefuse.bench.record import Entry
from cinefuse.bench.turns import race
from cinefuse.corpus.movie import Movie
from cinefuse.features.augmentation import Augmentation

RECIPE = "early-fusion"  # it reads both
EPOCHS = 10  # that one reading of the store serves; the report trains up to 50


@BENCHES.register("inputs", "films/s from the store to batches, over an epoch and with the reading before it")
def inputs(context: Context) -> list[Entry]:
    """An epoch once everything is read, and ten with the reading."""
    subject = build(context, RECIPE)
    movies = spread_over(context.corpus.split("train"), context.films)
    settings = subject.settings
    dataset = PlainDataset(movies, subject.genres, settings, subject.tokenizer, varied=True)

    def plain() -> float:
        began = now()
        films = sum(len(one["genres"]) for one in plain_batches(dataset, settings.batch_size, shuffled=True))
        return films / (now() - began)

    ours = _Ours(subject, movies)
    ways = {
        "an epoch": partial(ours.epochs, 1, reading=False),
        f"{EPOCHS} epochs, read once": partial(ours.epochs, EPOCHS, reading=True),
    }
    entries = []
    for what, measure in ways.items():
        entry = race("inputs", what, "films/s", (plain, measure), context.turns)
        entries.append(entry.model_copy(update={"parts": {"ours": ours.shares}}))
    return entries


class _Ours:
    """Reads, cuts batches and varies their posters.

    Attributes:
        shares: part -> its share of the time, the last time.
    """

    def __init__(self, subject: Subject, movies: Sequence[Movie]) -> None:
        self._subject, self._movies = subject, movies
        self._kept = subject.table(movies)
        self._augmentation = Augmentation(subject.settings)
        self.shares: dict[str, float] = {}

    def epochs(self, count: int, *, reading: bool) -> float:
        """Films a second."""
        began, augmenting = now(), 0.0
        table = self._subject.table(self._movies) if reading else self._kept
        read, size = now() - began, self._subject.settings.batch_size
        for _ in range(count):
            for start in range(0, len(table), size):
                posters = table.batch(range(start, min(start + size, len(table)))).posters
                assert posters is not None, "the recipe reads posters"
                batched = now()
                self._augmentation(posters)
                augmenting += now() - batched
        seconds = now() - began
        parts = {"reading": read, "batches": seconds - read - augmenting, "augmentation": augmenting}
        self.shares = {name: round(one / seconds, 3) for name, one in parts.items()}
        return count * len(table) / seconds
