"""A run that torch has compiled: what its fastest way would give, which nothing but this bench takes.

See docs/decisions/0017: compiling takes longer than it saves on most catalogues.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from cinefuse.bench.clock import now
from cinefuse.corpus.movie import Movie
from cinefuse.inference import Predictor

COMPILERS = ("g++", "clang++")  # that torch looks for, unless CXX names one


def compiler() -> str | None:
    """The C++ compiler that torch.compile would use; None where there is none."""
    named = os.environ.get("CXX")
    return next(filter(None, map(which, [named] if named else COMPILERS)), None)


def open_compiled(run: Path, movies: Sequence[Movie]) -> tuple[Predictor, float]:
    """The run, each of its parts compiled for any number of films and words, and the seconds that took.

    Args:
        run: its folder.
        movies: that it is asked for the first time, when torch compiles.
    """
    predictor = Predictor.load(run)
    model = predictor.bundle.model
    for part in (*model.encoders.children(), model.fusion, model.head):
        part.compile(dynamic=True)
    began = now()
    predictor.predict(movies)
    return predictor, now() - began
