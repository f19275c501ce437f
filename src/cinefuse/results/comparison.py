"""Several models on one split of one corpus: `comparison.json`."""

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


def read_comparison(path: Path) -> Comparison:
    """Reads `comparison.json`.

    Raises:
        RunError: if the file is missing or is not a comparison.
    """
    return read_record(Comparison, path, "cinefuse compare --out DIR")
