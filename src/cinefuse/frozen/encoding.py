"""What frozen encoders make of a table of movies, made once.

Kept in memory while the process lives, and on the disk for others, by the encoder's weights and its input:
the models of a comparison, its seeds, the variants of an ablation and later trainings share it.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import torch
import transformers
from torch import Tensor
from transformers import PreTrainedModel

from cinefuse.encoders import Encoder
from cinefuse.features.frozen import FrozenRows
from cinefuse.features.table import FeatureTable
from cinefuse.frozen.store import read_rows, write_rows
from cinefuse.model import GenreModel
from cinefuse.prediction import films_at_once

RULE = 2  # raised when the same encoder would make something else of the same movies
MOST_BYTES = 2 * 2**30  # of one encoder on one split; more than that runs in every epoch
MOST_KEPT = 4  # results at a time: two encoders on train and dev

_kept: dict[str, FrozenRows | None] = {}  # None where it was too much


def with_frozen(
    model: GenreModel, tables: Sequence[FeatureTable], device: torch.device, *, posters_vary: bool = False
) -> list[FeatureTable]:
    """The tables with what the model's frozen encoders make of them, in place of what they read.

    Args:
        model: left as it was.
        tables: of movies.
        device: to encode on.
        posters_vary: they look different each time, and are read each time.
    """
    made: list[dict[str, FrozenRows]] = [{} for _ in tables]
    for modality, encoder in model.frozen_encoders().items():
        if modality == "vision" and posters_vary:
            continue
        known_by = _digest(encoder, device, with_tokens=model.reads_tokens)
        for table, of_table in zip(tables, made, strict=True):
            rows = _rows_of(encoder, known_by, table, device, with_tokens=model.reads_tokens)
            if rows is not None:
                of_table[modality] = rows
    return [table.with_frozen(of_table) for table, of_table in zip(tables, made, strict=True)]


def _rows_of(
    encoder: Encoder, known_by: bytes, table: FeatureTable, device: torch.device, *, with_tokens: bool
) -> FrozenRows | None:
    """By the whole that it is part of, where there is one: its other parts share it."""
    if table.whole is not None:
        whole, places = table.whole
        rows = _rows(encoder, known_by, whole, device, with_tokens=with_tokens)
        if rows is not None:
            return rows.at(places)
    return _rows(encoder, known_by, table, device, with_tokens=with_tokens)


def _rows(
    encoder: Encoder, known_by: bytes, table: FeatureTable, device: torch.device, *, with_tokens: bool
) -> FrozenRows | None:
    key = blake2b(known_by + table.digest(encoder.modality), digest_size=16).hexdigest()
    if key not in _kept:
        while len(_kept) >= MOST_KEPT:  # the one that was asked for longest ago, before another is made
            del _kept[next(iter(_kept))]
        rows = read_rows(key)
        if rows is None:
            rows = _encode(encoder, table, device, with_tokens=with_tokens)
            if rows is not None:
                write_rows(key, rows)
        _kept[key] = rows
    _kept[key] = _kept.pop(key)  # asked for last
    return _kept[key]


@torch.no_grad()
def _encode(
    encoder: Encoder, table: FeatureTable, device: torch.device, *, with_tokens: bool
) -> FrozenRows | None:
    """Every movie of the table; None where that is too much to keep. The encoder is left as it was."""
    was_training, home = encoder.training, next(encoder.parameters()).device
    encoder.eval().to(device)
    try:
        order = np.argsort(table.lengths, kind="stable")
        tokens: dict[int, Tensor] = {}
        pooled = torch.zeros(len(table), encoder.out_features)
        kept = pooled.nbytes
        size = sum(one.numel() for one in encoder.parameters())
        at_once = films_at_once(size, on_cpu=device.type == "cpu")
        for start in range(0, len(order), at_once):
            indices = order[start : start + at_once].tolist()
            encoded = encoder.encode(table.batch(indices).to(device))
            pooled[indices] = encoded.pooled.float().cpu()
            if with_tokens:
                for index, row, mask in zip(indices, encoded.tokens, encoded.mask, strict=True):
                    tokens[index] = row[mask].float().cpu()
                    kept += tokens[index].nbytes
            if kept > MOST_BYTES:
                return None
    finally:
        encoder.train(was_training).to(home)
    return FrozenRows([tokens[index] for index in range(len(table))] if with_tokens else None, pooled)


def _digest(encoder: Encoder, device: torch.device, *, with_tokens: bool) -> bytes:
    """Of everything but the movies that decides what comes out."""
    configurations = [
        part.config.to_json_string() for part in encoder.pretrainable() if isinstance(part, PreTrainedModel)
    ]
    known_by = (
        *(RULE, torch.__version__, transformers.__version__, device.type),
        *(type(encoder).__qualname__, with_tokens, getattr(encoder, "pooling", ""), *configurations),
    )
    digest = blake2b(repr(known_by).encode())
    # buffers too: the constants that pixels are normalised by are in no state_dict
    for name, tensor in sorted(
        [*encoder.named_parameters(), *encoder.named_buffers()], key=lambda one: one[0]
    ):
        if name != "absent":
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            # as bytes, where they are: hundreds of megabytes
            digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.digest()


def forget() -> None:
    """Lets go of what this process keeps; what is on the disk stays."""
    _kept.clear()
