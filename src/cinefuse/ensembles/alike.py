"""Runs whose weights may be averaged: of one architecture, reading films alike, with no more than weights."""

from collections.abc import Sequence
from pathlib import Path

from cinefuse.bundle import Bundle
from cinefuse.errors import RunError
from cinefuse.fusion import GRAPHS
from cinefuse.inference import Predictor

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def check_alike(folders: Sequence[Path], runs: Sequence[Predictor]) -> None:
    """Whether a mean of their weights is a model that reads as they do.

    Args:
        folders: of the runs.
        runs: opened.

    Raises:
        RunError: if it is not; the message says of which run, and why.
    """
    first, *others = runs
    scoring = first.bundle.record.scoring
    if first.bundle.record.recipe.get("learner", "gradient") != "gradient":
        raise RunError(
            f"{folders[0]}: fitted by scikit-learn; allowed are runs that were trained by gradient"
        )
    if scoring.graph is not None and GRAPHS[scoring.graph].remembers:
        raise RunError(
            f"{folders[0]}: graph={scoring.graph} remembers what the run made of its training films, which "
            "is no weight; allowed are runs without it: `cinefuse ensemble` takes any"
        )
    for folder, other in zip(folders[1:], others, strict=True):
        differs = _difference(first.bundle, other.bundle)
        if differs:
            raise RunError(
                f"{folder}: {differs} than {folders[0]}; allowed are runs of one architecture that read "
                "films alike: `cinefuse ensemble` takes any"
            )


def _difference(one: Bundle, other: Bundle) -> str:
    """What keeps their weights from being averaged; nothing where they may be."""
    read, its = (bundle.record.scoring.model_dump() for bundle in (one, other))
    if settings := [name for name in read if read[name] != its[name]]:
        return f"other settings of the model ({', '.join(settings)})"
    tokens, others = (bundle.tokenizer and bundle.tokenizer.to_str() for bundle in (one, other))
    if tokens != others:
        return "another tokeniser (each is learned from its own training plots, unless the encoder has one)"
    ours, theirs = one.model.state_dict(), other.model.state_dict()
    # the statistics of batch norms are taken anew; the order of a chain, or ties between genres, are not
    counted = {name for name, _ in one.model.named_buffers() if not name.endswith(STATISTICS)}
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in ours or name not in theirs or ours[name].shape != theirs[name].shape:
            return f"other weights ({name})"
        if name in counted and not ours[name].equal(theirs[name]):
            return f"other counts of its training films ({name})"
    return ""
