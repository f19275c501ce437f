"""What frozen encoders made of movies, kept on the disk: the next training of a head begins where they end.

A folder of safetensors files, each called after the digest of all that decides what is in it: the encoder's
weights and shape, and the movies' tokens or pixels. A file that cannot be read is as good as none; a disk
that refuses stops nothing.
"""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from cinefuse.features.frozen import FrozenRows
from cinefuse.progress import say

MOST_BYTES = 20 * 2**30  # of all files together; those not used for longest go first
SUFFIX = ".safetensors"


def folder() -> Path:
    """Where it is: `CINEFUSE_CACHE`, or else `cinefuse` in the user's folder for caches."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CINEFUSE_CACHE") or Path(home) / "cinefuse") / "frozen"


def read(key: str) -> FrozenRows | None:
    """What is kept under that digest, mapped into memory; None where there is nothing whole."""
    path = folder() / f"{key}{SUFFIX}"
    try:
        tensors = load_file(path)
        path.touch()  # used last
    except (OSError, SafetensorError):
        return None
    if "tokens" not in tensors:
        return FrozenRows(None, tensors["pooled"])
    # (L1 + L2 + ..., D) -> N views (L, D)
    return FrozenRows(list(torch.split(tensors["tokens"], tensors["lengths"].tolist())), tensors["pooled"])


def write(key: str, rows: FrozenRows) -> None:
    """Keeps them under that digest, and makes room for them where there is too much."""
    tensors = {"pooled": rows.pooled}
    if rows.tokens is not None:
        lengths = torch.tensor([len(one) for one in rows.tokens])
        tensors |= {"tokens": torch.cat(rows.tokens), "lengths": lengths}
    home = folder()
    partial = home / f"{key}.{uuid4().hex[:8]}.partial"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _make_room(home, sum(tensor.nbytes for tensor in tensors.values()))
        save_file(tensors, partial)
        partial.replace(home / f"{key}{SUFFIX}")
    except (OSError, SafetensorError) as error:
        say(f"note: {home}: what frozen encoders made is not kept for the next training: {error}")
    finally:
        with suppress(OSError):
            partial.unlink()


def _make_room(home: Path, wanted: int) -> None:
    kept = sorted(((path.stat().st_mtime, path) for path in home.glob(f"*{SUFFIX}")), key=lambda one: one[0])
    total = wanted + sum(path.stat().st_size for _, path in kept)
    for _, path in kept:
        if total <= MOST_BYTES:
            return
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
