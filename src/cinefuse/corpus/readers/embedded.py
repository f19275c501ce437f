"""Reads the embedded catalogue of invented films, which needs no files."""

from cinefuse.corpus.catalogue import generate
from cinefuse.corpus.genres import MMIMDB_GENRES
from cinefuse.corpus.movie import Reading


def read_embedded() -> Reading:
    """The whole catalogue with its own split."""
    return Reading(name="embedded", entries=list(generate()), genres=MMIMDB_GENRES, has_splits=True)
