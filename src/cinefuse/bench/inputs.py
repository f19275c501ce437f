"""The input path alone: from films on the disk to batches that a model reads."""

from functools import partial

from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context, build
from cinefuse.bench.films import spread_over
from cinefuse.bench.plain import PlainDataset, plain_batches
from cinefuse.bench.record import Entry
from cinefuse.bench.turns import race
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
    augmentation = Augmentation(settings)

    def plain() -> float:
        began = now()
        films = sum(len(one["genres"]) for one in plain_batches(dataset, settings.batch_size, shuffled=True))
        return films / (now() - began)

    def epochs(count: int, *, reading: bool) -> float:
        began = now()
        table = subject.table(movies) if reading else kept
        for _ in range(count):
            for start in range(0, len(movies), settings.batch_size):
                indices = range(start, min(start + settings.batch_size, len(movies)))
                posters = table.batch(indices).posters
                assert posters is not None, "the recipe reads posters"
                augmentation(posters)
        return count * len(movies) / (now() - began)

    kept = subject.table(movies)
    ways = {
        "an epoch": partial(epochs, 1, reading=False),
        f"{EPOCHS} epochs, read once": partial(epochs, EPOCHS, reading=True),
    }
    return [race("inputs", what, "films/s", (plain, ours), context.turns) for what, ours in ways.items()]
