"""Training a head on frozen encoders: the first time, and again when what they made is kept."""

import shutil

from cinefuse import decisions, experiment, frozen
from cinefuse.bench.clock import Stopwatch
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.own_cache import own_cache
from cinefuse.bench.record import Entry, Side
from cinefuse.recipes import Settings
from cinefuse.training import fitting
from cinefuse.training.trainer import GenreTrainer

RECIPE = "early-fusion"
FROZEN = ("text_freeze=all", "vision_freeze=all", "flip=0", "rotation=0", "brightness=0", "contrast=0")
REST = ("saturation=0", "hue=0", "max_epochs=12", "report_to=none", "calibration=none")
# part of the work -> the function that does it, where it is called
PARTS = {
    "reading": (experiment, "encode_movies"),
    "encoding": (fitting, "with_frozen"),
    "epochs": (GenreTrainer, "train"),
    "decisions": (decisions, "score_conditions"),
    "saving": (experiment, "save_bundle"),
}


@BENCHES.register(
    "heads", "seconds of training early fusion's head on frozen encoders: ours again, beside ours first"
)
def heads(context: Context) -> list[Entry]:
    """The first takes the place of the plain recipe; both have the same settings."""
    settings = context.settings(RECIPE, *FROZEN, *REST)
    first: list[Stopwatch] = []
    again: list[Stopwatch] = []
    for turn in range(context.turns):
        with own_cache(context.folder):
            for found in (first, again):
                found.append(_train(context, settings.model_copy(update={"seed": turn})))
    return [
        Entry(
            bench="heads",
            what=RECIPE,
            unit="s",
            larger_is_better=False,
            plain=_side(first),
            ours=_side(again),
            parts={"plain": first[-1].shares(), "ours": again[-1].shares()},
        )
    ]


def _side(turns: list[Stopwatch]) -> Side:
    return Side(values=tuple(watch.seconds for watch in turns))


def _train(context: Context, settings: Settings) -> Stopwatch:
    frozen.forget()
    folder = context.folder / "head"
    with Stopwatch(PARTS) as watch:
        experiment.run(RECIPE, settings, context.corpus, folder)
    shutil.rmtree(folder)
    return watch
