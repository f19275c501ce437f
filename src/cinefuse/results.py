"""Records of what was measured: JSON there and back, without torch.

`Result` is what `evaluate --json` writes and what `comparison.json` lists; `Comparison` is that file.
All scores are fractions from 0 to 1. A score that is undefined (a genre with no movie in the split) is
None, and its genre is named in `undefined`: never 0 by silence.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cinefuse.errors import RunError, StorageError

ThresholdRule = Literal["global", "fixed", "per-genre"]

METRICS = {
    "f1_macro": "F1 averaged over genres",
    "f1_micro": "F1 over all film-genre pairs",
    "f1_weighted": "F1 averaged over genres, weighted by support",
    "f1_samples": "F1 averaged over films",
    "precision_macro": "precision averaged over genres",
    "recall_macro": "recall averaged over genres",
    "roc_auc_macro": "area under the ROC curve, averaged over genres",
    "average_precision_macro": "average precision, averaged over genres",
    "hamming_loss": "share of film-genre pairs that are wrong (lower is better)",
    "subset_accuracy": "share of films with exactly the right genres",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CorpusSummary(_Record):
    """Which movies a result was measured on, so that two tables can be told apart.

    Attributes:
        skipped: reason -> number of movies left out or used without that part, from source to scoring.
    """

    name: str
    split: str
    movies: int
    genres: list[str]
    plot_rule: str
    split_rule: str
    skipped: dict[str, int]


class ThresholdSummary(_Record):
    """How probabilities became genres. `value` is None for one threshold per genre."""

    rule: ThresholdRule
    value: float | None


class GenreScores(_Record):
    """Scores of one genre. `support` counts its movies in the split."""

    f1: float | None
    precision: float | None
    recall: float | None
    roc_auc: float | None
    average_precision: float | None
    support: int
    threshold: float


class ParameterCounts(_Record):
    """Numbers of parameters: `backbone` are the parts that are or can be pretrained, `head` the rest."""

    backbone: int
    head: int
    total: int
    trainable: int


class Seconds(_Record):
    """Wall-clock seconds. `train` is None where this run did not measure it."""

    train: float | None
    evaluate: float


class Result(_Record):
    """One model on one split.

    Attributes:
        metrics: name (see `METRICS`) -> score, or None where undefined.
        intervals: name -> 95 % bootstrap interval over movies [low, high]; absent where undefined.
        undefined: genres without a movie in the split: their scores are None, macro averages leave them out.
    """

    model: str
    corpus: CorpusSummary
    threshold: ThresholdSummary
    metrics: dict[str, float | None]
    intervals: dict[str, tuple[float, float]]
    per_genre: dict[str, GenreScores]
    undefined: list[str] = Field(default_factory=list)
    parameters: ParameterCounts
    seconds: Seconds
    seed: int


class Comparison(_Record):
    """Several models on one split of one corpus: `comparison.json`."""

    corpus: CorpusSummary
    models: list[Result]


def write_record(record: BaseModel, path: Path) -> None:
    """Writes a record as JSON, whole or not at all.

    Raises:
        StorageError: if the disk says no; what was there before stays.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written: {error.strerror}; what was there before stays"
        ) from error


def read_comparison(path: Path) -> Comparison:
    """Reads `comparison.json`.

    Raises:
        RunError: if the file is missing or is not a comparison.
    """
    try:
        return Comparison.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; `cinefuse compare --out DIR` writes it") from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise RunError(f"{path}: not a comparison written by this version: {error}") from error
