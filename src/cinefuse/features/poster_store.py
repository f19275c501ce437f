"""Posters scaled once and kept on the disk: whoever trains on the same films again decodes nothing.

A file is all pixels, (N, 3, H, W) uint8, and behind them, as JSON, N reasons why a poster is absent, null
where it is there. It is called after the digest of what the pixels are made from, and mapped when it is
read, so that no more of it is in memory than the batch at hand. One that is cut short, or of another form, is
as good as none. Nothing is kept that may be otherwise the next time: a poster for which memory or a disk
failed, or whose file changed meanwhile.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from math import prod
from pathlib import Path

import numpy as np
import PIL

from cinefuse.cache import POSTERS, NotKeptError, cache_folder, keeping, was_used
from cinefuse.corpus.jpeg import MAX_SCANS
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import MAX_PIXELS, PosterError, TracedPoster, formats
from cinefuse.features.posters import (
    EncodedPosters,
    PosterSettings,
    encode_posters,
    scaled,
    shape,
    told_apart,
)
from cinefuse.mapped import map_file

RULE = 2  # raised when the same image file would become other pixels


def kept_posters(movies: Sequence[Movie], settings: PosterSettings) -> EncodedPosters:
    """As `encode_posters`, but from the disk where they are kept, and kept there where they are not."""
    digest = _digest(movies, settings)
    if digest is None:  # posters of somebody's own kind, which tell nothing but their pixels
        return encode_posters(movies, settings)
    with suppress(NotKeptError):
        path = cache_folder(POSTERS) / f"{digest.hex()}.pixels"
        found = _read(path, len(movies), settings, digest)
        if found is None:
            _write(path, movies, settings, digest)
            found = _read(path, len(movies), settings, digest)
        if found is not None:
            return found
    return encode_posters(movies, settings)


def _digest(movies: Sequence[Movie], settings: PosterSettings) -> bytes | None:
    """Of all that decides what the pixels are; None where a poster does not tell, or cannot now."""
    decisive = (RULE, PIL.__version__, formats(), MAX_PIXELS, MAX_SCANS, len(movies), shape(settings))
    digest = blake2b(repr(decisive).encode(), digest_size=16)
    for movie in movies:
        if movie.poster is None:
            digest.update(b"none")
        elif isinstance(movie.poster, TracedPoster):
            try:
                source = movie.poster.pixel_source()
            except PosterError as error:
                if not error.lasting:
                    return None
                source = error.reason.encode()
            kind = type(movie.poster)
            digest.update(f"{kind.__module__}.{kind.__qualname__} {len(source)} ".encode())
            digest.update(source)
        else:
            return None
    return digest.digest()


def _read(path: Path, n_movies: int, settings: PosterSettings, digest: bytes) -> EncodedPosters | None:
    whole = (n_movies, *shape(settings))
    try:
        with path.open("rb") as file:
            file.seek(prod(whole))
            reasons = json.loads(file.read())
        mapped = map_file(path)
    except (OSError, ValueError):
        return None
    if not isinstance(reasons, list) or len(reasons) != n_movies:
        return None
    was_used(path)
    pixels = np.frombuffer(mapped, np.uint8, prod(whole)).reshape(whole)
    return EncodedPosters(pixels, *told_apart(reasons), digest, mapped)


def _write(path: Path, movies: Sequence[Movie], settings: PosterSettings, digest: bytes) -> None:
    size = prod(shape(settings))
    reasons: list[str | None] = []
    # not through a map: a disk that is full would end the process
    with (
        keeping(path, len(movies) * size, "scaled posters are") as partial,
        partial.open("wb") as file,
    ):
        for found in scaled(movies, settings, tell=True):
            if isinstance(found, PosterError):
                if not found.lasting:
                    raise OSError(str(found))
                file.write(bytes(size))
                reasons.append(found.reason)
            else:
                file.write(found.tobytes())
                reasons.append(None)
        file.write(json.dumps(reasons).encode())
        if _digest(movies, settings) != digest:
            raise OSError("posters changed while they were read")
