"""Plots as token numbers, kept on the disk and mapped: an epoch has no more of them in memory than a batch.

A file is the token numbers of all rows, four bytes each, and behind them N lengths of rows, (N,) int32, and
N flags, (N,) uint8, 1 where the plot is there. It is called after the digest of the plots and of the
tokeniser that read them. One that is cut short, or of another form, is as good as none.
"""

import mmap
from array import array
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np
import tokenizers
from tokenizers import Tokenizer

from cinefuse.cache import PLOTS, NotKeptError, cache_folder, keeping, was_used
from cinefuse.corpus.movie import Movie
from cinefuse.features.plots import (
    EncodedPlots,
    TokenRows,
    cut_at,
    encode_plots,
    encoded_one_by_one,
    padding_token,
)

RULE = 1  # raised when the same plots would become other numbers
BYTES_A_TOKEN, BYTES_A_ROW = 4, 5


def kept_plots(movies: Sequence[Movie], tokenizer: Tokenizer, max_tokens: int) -> EncodedPlots:
    """As `encode_plots`, but from the disk where they are kept, and kept there where they are not.

    Raises:
        SettingsError: as `encode_plots`.
    """
    cut_at(tokenizer, max_tokens)
    digest, most_tokens = _digest(movies, tokenizer, max_tokens)
    with suppress(NotKeptError):
        path = cache_folder(PLOTS) / f"{digest}.tokens"
        found = _read(path, len(movies), tokenizer)
        if found is None:
            size = BYTES_A_TOKEN * most_tokens + BYTES_A_ROW * len(movies)
            with keeping(path, size, "plots as tokens are") as partial:
                _write(partial, movies, tokenizer)
            found = _read(path, len(movies), tokenizer)
        if found is not None:
            return found
    return encode_plots((movie.plot for movie in movies), tokenizer, max_tokens)


def _digest(movies: Sequence[Movie], tokenizer: Tokenizer, max_tokens: int) -> tuple[str, int]:
    """Of all that decides what the numbers are; and how many tokens there can be at the most."""
    decisive = (RULE, tokenizers.__version__, tokenizer.to_str(), max_tokens, len(movies))
    digest, most = blake2b(repr(decisive).encode(), digest_size=16), 0
    n_special = tokenizer.num_special_tokens_to_add(is_pair=False)
    for movie in movies:
        plot = b"" if movie.plot is None else movie.plot.encode("utf-8", "surrogatepass")
        digest.update(f"{len(plot)} {movie.plot is None} ".encode() + plot)
        most += min(max_tokens, max(1, len(plot) + n_special))
    return digest.hexdigest(), most


def _read(path: Path, n_movies: int, tokenizer: Tokenizer) -> EncodedPlots | None:
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    n_tokens, odd = divmod(len(mapped) - BYTES_A_ROW * n_movies, BYTES_A_TOKEN)
    if n_tokens < n_movies or odd:
        return None
    behind = BYTES_A_TOKEN * n_tokens
    lengths = np.frombuffer(mapped, np.int32, n_movies, behind).copy()
    present = np.frombuffer(mapped, np.uint8, n_movies, behind + BYTES_A_TOKEN * n_movies)
    if lengths.min(initial=1) < 1 or lengths.sum(dtype=np.int64) != n_tokens:
        return None
    was_used(path)
    numbers = np.frombuffer(mapped, np.int32, n_tokens)
    return EncodedPlots(
        TokenRows(numbers, lengths, mapped), present.astype(bool).tolist(), padding_token(tokenizer)
    )


def _write(path: Path, movies: Sequence[Movie], tokenizer: Tokenizer) -> None:
    lengths, present = array("i"), bytearray()
    with path.open("wb") as file:
        for row, here in encoded_one_by_one((movie.plot for movie in movies), tokenizer):
            array("i", row).tofile(file)
            lengths.append(len(row))
            present.append(here)
        lengths.tofile(file)
        file.write(present)
