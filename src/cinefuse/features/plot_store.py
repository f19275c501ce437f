"""Plots as token numbers, kept on the disk and mapped: an epoch has no more of them in memory than a batch.

A file is the token numbers of all rows, four bytes each, and behind them N lengths of rows, (N,) int32, and
N flags, (N,) uint8, 1 where the plot is there. It is called after the digest of the plots and of the
tokeniser that read them. One that is cut short, of another form, or with numbers that are no tokens, is as
good as none.
"""

import mmap
from array import array
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import Tokenizer

from cinefuse.cache import MOST_BYTES, PLOTS, NotKeptError, cache_folder, keeping, was_used
from cinefuse.corpus.movie import Movie
from cinefuse.features.plots import (
    EncodedPlots,
    TokenRows,
    encode_plots,
    encoded_one_by_one,
    padding_token,
    set_to_cut,
)
from cinefuse.mapped import let_go, map_file

RULE = 1  # raised when the same plots would become other numbers
BYTES_A_TOKEN, BYTES_A_ROW = 4, 5
CHECKED_AT_ONCE = 1 << 20  # tokens of a file that is opened


def kept_plots(movies: Sequence[Movie], tokenizer: Tokenizer, max_tokens: int) -> EncodedPlots:
    """As `encode_plots`, but from the disk where they are kept, and kept there where they are not.

    Raises:
        SettingsError: as `encode_plots`.
    """
    set_to_cut(tokenizer, max_tokens)
    digest = _digest(movies, tokenizer)
    with suppress(NotKeptError):
        path = cache_folder(PLOTS) / f"{digest}.tokens"
        found = _read(path, len(movies), tokenizer)
        if found is None:
            with keeping(path, None, "plots as tokens are") as partial:
                _write(partial, movies, tokenizer)
            found = _read(path, len(movies), tokenizer, written_now=True)
        if found is not None:
            return found
    return encode_plots((movie.plot for movie in movies), tokenizer, max_tokens)


def _digest(movies: Sequence[Movie], tokenizer: Tokenizer) -> str:
    """Of all that decides what the numbers are; where plots are cut is the tokeniser's own."""
    # whether "[SEP]" in a plot is a word is in no tokeniser's file
    own = tokenizer.to_str(), tokenizer.encode_special_tokens
    digest = blake2b(repr((RULE, tokenizers.__version__, own, len(movies))).encode(), digest_size=16)
    for movie in movies:
        plot = b"" if movie.plot is None else movie.plot.encode("utf-8", "surrogatepass")
        digest.update(f"{len(plot)} {movie.plot is None} ".encode() + plot)
    return digest.hexdigest()


def _read(
    path: Path, n_movies: int, tokenizer: Tokenizer, *, written_now: bool = False
) -> EncodedPlots | None:
    try:
        mapped = map_file(path)
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
    numbers = np.frombuffer(mapped, np.int32, n_tokens)
    if not written_now and not _are_tokens(numbers, tokenizer, mapped):
        return None
    was_used(path)
    rows = TokenRows(numbers, lengths, mapped)
    return EncodedPlots(rows, present.astype(bool).tolist(), padding_token(tokenizer))


def _are_tokens(numbers: NDArray[np.int32], tokenizer: Tokenizer, file: mmap.mmap) -> bool:
    """Whether the tokeniser has all of them: an encoder would fail on others without a word of why."""
    known = tokenizer.get_vocab(with_added_tokens=True).values()
    last = max(*known, *tokenizer.encode("").ids, 0)  # a template may add others
    for start in range(0, len(numbers), CHECKED_AT_ONCE):
        some = numbers[start : start + CHECKED_AT_ONCE]
        if some.min() < 0 or some.max() > last:
            return False
        let_go(file)
    return True


def _write(path: Path, movies: Sequence[Movie], tokenizer: Tokenizer) -> None:
    lengths, present = array("i"), bytearray()
    with path.open("wb") as file:
        for row, here in encoded_one_by_one((movie.plot for movie in movies), tokenizer):
            array("i", row).tofile(file)
            if file.tell() > MOST_BYTES:
                raise OSError(
                    f"tokens take more than the {MOST_BYTES / 2**30:,.1f} GiB that are allowed in all"
                )
            lengths.append(len(row))
            present.append(here)
        lengths.tofile(file)
        file.write(present)
