"""The same chunks in Ray Data's actor pool: on this machine, or on a cluster that shares its disk.

A worker opens the model once, tags chunk by chunk as the local engine does, and leaves the same parts.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cinefuse import errors
from cinefuse.errors import CinefuseError, MissingExtra
from cinefuse.runtimes import FoundModel, open_predictor
from cinefuse.tagging.chunk import Chunk
from cinefuse.tagging.part import Tagger
from cinefuse.tagging.plan import Plan

OBJECT_STORE = 100 << 20  # bytes: numbers of chunks are all that travels
QUIET = {  # what Ray reads when it is imported
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of machines without a GPU
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}


class Worker:
    """One actor: a model, and the chunks that it is sent."""

    def __init__(self, plan: Plan, model: FoundModel, folder: Path) -> None:
        self._tagger = Tagger(plan, open_predictor(model.folder, model.runtime), folder)
        self._chunks = plan.chunks

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Tags the chunks of those numbers; `failure` is empty, or says why one is not done."""
        kinds, failures = [], []
        for number in batch["number"]:
            kind = failure = ""
            try:
                self._tagger.tag(self._chunks[int(number)])
            except CinefuseError as error:  # as text, for Ray would wrap it into a traceback of its own
                kind, failure = type(error).__name__, str(error)
            kinds.append(kind)
            failures.append(failure)
        return {"number": batch["number"], "kind": kinds, "failure": failures}


def tag_on_ray(
    plan: Plan, model: FoundModel, folder: Path, chunks: Sequence[Chunk], workers: int | None
) -> Iterator[Chunk]:
    """Tags the chunks; yields each as it is done, in whatever order.

    Raises:
        MissingExtra: without `ray`.
        CinefuseError: as the local engine does.
    """
    with _ray() as ray:
        cores, gpus = (ray.cluster_resources().get(kind, 0.0) for kind in ("CPU", "GPU"))
        workers = min(workers or max(1, int(cores)), len(chunks))
        share = {"num_cpus": _share(cores, workers), "num_gpus": min(1.0, gpus / workers)}
        numbers = [{"number": chunk.number} for chunk in chunks]
        done = ray.data.from_items(numbers, override_num_blocks=len(numbers)).map_batches(
            Worker,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=workers),
            fn_constructor_args=(plan, replace(model, folder=model.folder.resolve()), folder.resolve()),
            **share,
        )
        for row in done.iter_rows():
            if row["failure"]:
                raise getattr(errors, row["kind"])(row["failure"])
            yield plan.chunks[row["number"]]


def _share(cores: float, workers: int) -> float:
    """Cores of one worker: whole ones where there are enough, so that all workers fit at once."""
    return float(int(cores // workers)) if cores >= workers else cores / workers


@contextmanager
def _ray() -> Iterator[Any]:
    """Ray, begun and ended by us unless it runs already; as quiet as it can be, and telling nobody of us."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtra("tagging on Ray", "ray") from error
    loggers = [logging.getLogger(name) for name in ("ray", "ray.data")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    ours = not ray.is_initialized()
    if ours and "RAY_ADDRESS" in os.environ:  # a cluster that somebody else has made
        ray.init(logging_level=logging.ERROR, log_to_driver=False)
    elif ours:
        ray.init(
            address="local",
            object_store_memory=OBJECT_STORE,
            include_dashboard=False,
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
    context = ray.data.DataContext.get_current()
    shown, context.enable_progress_bars = context.enable_progress_bars, False
    try:
        yield ray
    finally:
        context.enable_progress_bars = shown
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if ours:
            ray.shutdown()
