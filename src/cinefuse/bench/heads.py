"""Training a head on frozen encoders: the first time, and again when what they made is kept."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from cinefuse import frozen
from cinefuse.bench.clock import now
from cinefuse.bench.context import BENCHES, Context
from cinefuse.bench.record import Entry, Side
from cinefuse.experiment import run

RECIPE = "early-fusion"
FROZEN = ("text_freeze=all", "vision_freeze=all", "flip=0", "rotation=0", "brightness=0", "contrast=0")
REST = ("saturation=0", "hue=0", "max_epochs=12", "report_to=none", "calibration=none")


@BENCHES.register("heads", "seconds of training a head on frozen encoders, first and again")
def heads(context: Context) -> list[Entry]:
    """The first takes the place of the plain recipe."""
    settings = context.settings(RECIPE, *FROZEN, *REST)
    first: list[float] = []
    again: list[float] = []
    for turn in range(context.turns):
        with _own_cache(context):
            for found in (first, again):
                frozen.forget()
                folder = context.folder / "head"
                began = now()
                run(RECIPE, settings.model_copy(update={"seed": turn}), context.corpus, folder)
                found.append(now() - began)
                shutil.rmtree(folder)
    return [
        Entry(
            bench="heads",
            what=RECIPE,
            unit="s",
            larger_is_better=False,
            plain=Side(values=tuple(first)),
            ours=Side(values=tuple(again)),
        )
    ]


@contextmanager
def _own_cache(context: Context) -> Iterator[None]:
    before, own = os.environ.get("CINEFUSE_CACHE"), context.folder / "cache"
    os.environ["CINEFUSE_CACHE"] = str(own)
    try:
        yield
    finally:
        shutil.rmtree(own, ignore_errors=True)
        if before is None:
            del os.environ["CINEFUSE_CACHE"]
        else:
            os.environ["CINEFUSE_CACHE"] = before
