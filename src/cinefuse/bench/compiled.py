"""A run that torch has compiled, by its default way, which nothing but a bench takes: docs/decisions/0017."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cinefuse.bench.clock import now
from cinefuse.corpus.movie import Movie
from cinefuse.inference import Predictor

CACHE = "TORCHINDUCTOR_CACHE_DIR"


def open_compiled(run: Path, movies: Sequence[Movie], cache: Path) -> tuple[Predictor, float]:
    """The run, each of its parts compiled for one film with any number of words, and the seconds that took.

    Args:
        run: its folder.
        movies: that it is asked for, one by one: the first has torch compile.
        cache: an empty folder, for what was compiled once before would not be compiled again.

    Raises:
        Exception: whatever torch says where it cannot compile, as without a C++ compiler.
    """
    predictor = Predictor.load(run)
    model = predictor.bundle.model
    for part in (*model.encoders.children(), model.fusion, model.head):
        part.compile(dynamic=True)
    began = now()
    with _cached_in(cache):
        for movie in movies:
            predictor.predict([movie])
    return predictor, now() - began


@contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    before = os.environ.get(CACHE)
    os.environ[CACHE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[CACHE]
        else:
            os.environ[CACHE] = before
