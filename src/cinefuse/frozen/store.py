"""What frozen encoders made of movies, kept on the disk: the next training of a head begins where they end.

Safetensors files, each called after the digest of all that decides what is in it: the encoder's weights and
shape, and the movies' tokens or posters. A file that cannot be read is as good as none.
"""

from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from cinefuse.cache import FROZEN, NotKeptError, cache_folder, keeping, was_used
from cinefuse.features.frozen import FrozenRows


def read_rows(key: str) -> FrozenRows | None:
    """What is kept under that digest, mapped into memory; None where there is nothing whole."""
    try:
        path = _path(key)
        tensors = load_file(path)
        pooled, tokens = tensors["pooled"], None
        if "tokens" in tensors:
            # (L1 + L2 + ..., D) -> N views (L, D)
            tokens = list(torch.split(tensors["tokens"], tensors["lengths"].tolist()))
    except (OSError, SafetensorError, NotKeptError, KeyError, RuntimeError):
        return None
    was_used(path)
    return FrozenRows(tokens, pooled)


def write_rows(key: str, rows: FrozenRows) -> None:
    """Keeps them under that digest, where the disk lets it."""
    tensors = {"pooled": rows.pooled}
    if rows.tokens is not None:
        lengths = torch.tensor([len(one) for one in rows.tokens])
        tensors |= {"tokens": torch.cat(rows.tokens), "lengths": lengths}
    size = sum(tensor.nbytes for tensor in tensors.values())
    with (
        suppress(NotKeptError),
        keeping(_path(key), size, "what frozen encoders made is") as partial,
    ):
        try:
            save_file(tensors, partial)
        except SafetensorError as error:  # what the disk said, in other words
            raise OSError(str(error)) from error


def _path(key: str) -> Path:
    return cache_folder(FROZEN) / f"{key}.safetensors"
