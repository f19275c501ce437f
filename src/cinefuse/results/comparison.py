"""Several models on one split of one corpus: `comparison.json`."""

import re
from pathlib import Path

from pydantic import Field

from cinefuse.results.record import Record, read_record
from cinefuse.results.result import CorpusSummary, Result


class Failure(Record):
    """A model that could not be trained or scored, and why."""

    model: str
    seed: int
    error: str


class Comparison(Record):
    """What `compare` found.

    Attributes:
        models: one result a model and seed.
        failed: those that have none.
    """

    corpus: CorpusSummary
    models: list[Result]
    failed: list[Failure] = Field(default_factory=list)


def folder_of(directory: Path, model: str, seed: int) -> Path:
    """Of a run in a comparison's folder: the first seed's has the model's name alone."""
    named = directory / f"{model}@{seed}"
    return named if named.is_dir() else directory / model


def without_folder(text: str, directory: Path) -> str:
    """`text` without the path of the folder before its files: what is said of them may be sent around."""
    for place in (str(directory.resolve()), str(directory)):
        text = re.sub(rf"(?<![\w./\\-]){re.escape(place)}[/\\]", "", text)
    return text


def read_comparison(path: Path) -> Comparison:
    """Reads `comparison.json`.

    Raises:
        RunError: if the file is missing or is not a comparison.
    """
    return read_record(Comparison, path, "cinefuse compare --out DIR")
