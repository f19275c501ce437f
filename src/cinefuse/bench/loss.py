"""That only speed differs: from the same weights, on the same films, both sides learn as much.

The weights before training are the same on both sides, so that there is one loss to begin with. Beside the
losses stands a constant's, which tells every film how frequent each genre is: what lies above has learned
nothing of films yet, and agrees about little.
"""

from collections.abc import Sequence
from statistics import median

import torch
from torch.nn import functional

from cinefuse.bench.clock import TimedTrainer
from cinefuse.bench.context import BENCHES, Context, Subject, build
from cinefuse.bench.films import spread_over
from cinefuse.bench.plain import PlainDataset, PlainTraining, plain_batches
from cinefuse.bench.record import Entry, Side
from cinefuse.corpus.movie import Movie
from cinefuse.features.table import FeatureTable, films_of_genres
from cinefuse.inference import best_device
from cinefuse.training.losses import genre_weights

EPOCHS = 3
SAME_TRAINING = (
    "schedule=constant",
    "warmup=0",
    "class_weights=none",
    f"max_epochs={EPOCHS}",
    "report_to=none",
)


@BENCHES.register(
    "loss", f"the loss on dev after {EPOCHS} epochs, a turn a seed: both sides must learn as much"
)
def loss(context: Context) -> list[Entry]:
    """An entry a model."""
    train = spread_over(context.corpus.split("train"), context.films)
    dev = spread_over(context.corpus.split("dev"), context.films)
    return [_entry(context, name, train, dev) for name in context.models]


def _entry(context: Context, name: str, train: Sequence[Movie], dev: Sequence[Movie]) -> Entry:
    start, plain, ours = [], [], []
    for seed in range(context.turns):
        first, second = (build(context, name, *SAME_TRAINING, f"seed={seed}") for _ in range(2))
        table = first.table(dev)
        start.append(_loss_on(first, table))
        torch.manual_seed(seed)
        _train_plain(first, train)
        plain.append(_loss_on(first, table))
        torch.manual_seed(seed)
        _train_ours(second, train, context)
        ours.append(_loss_on(second, table))
    beside = [one / other for one, other in zip(ours, plain, strict=True)]
    return Entry(
        bench="loss",
        what=name,
        unit="loss on dev",
        larger_is_better=False,
        plain=Side(values=tuple(plain)),
        ours=Side(values=tuple(ours)),
        timed=False,
        notes={
            "before either": median(start),
            "a constant's": _loss_of_constant(first.table(train), table),
            "ours beside plain": f"{100 * (median(beside) - 1):+.1f} %",
        },
    )


def _train_plain(subject: Subject, movies: Sequence[Movie]) -> None:
    settings = subject.settings
    dataset = PlainDataset(movies, subject.genres, settings, subject.tokenizer, varied=True)
    weights = genre_weights(subject.table(movies).genres, settings.class_weights)
    training = PlainTraining(subject.model, settings, weights, best_device())
    for _ in range(EPOCHS):
        for tensors in plain_batches(dataset, settings.batch_size, shuffled=True):
            training.step(tensors)


def _train_ours(subject: Subject, movies: Sequence[Movie], context: Context) -> None:
    table = subject.table(movies)
    folder = str(context.folder / "checkpoints")
    trainer = TimedTrainer(subject.model, table, table, subject.settings, folder)
    trainer.train()
    trainer.accelerator.unwrap_model(subject.model, keep_fp32_wrapper=False)


def _loss_of_constant(train: FeatureTable, dev: FeatureTable) -> float:
    """What telling every film of dev how frequent the genres are on train would cost."""
    told = (films_of_genres(train.genres) + 0.5) / (len(train) + 1)  # as by one film of half of each
    truth = dev.genres.float()
    return float(functional.binary_cross_entropy(told.expand_as(truth), truth))


@torch.inference_mode()
def _loss_on(subject: Subject, table: FeatureTable) -> float:
    model, total = subject.model.eval(), 0.0
    device = next(model.parameters()).device
    for start in range(0, len(table), subject.settings.batch_size):
        batch = table.batch(range(start, min(start + subject.settings.batch_size, len(table)))).to(device)
        assert batch.genres is not None, "films of a corpus have genres"
        logits = model(batch).logits.float()
        total += float(functional.binary_cross_entropy_with_logits(logits, batch.genres)) * len(logits)
    return total / len(table)
