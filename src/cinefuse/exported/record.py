"""What an export is, as its `export.json` says it, and whether its files are what was written.

DIR/
  export.json         how movies are read, and how what the graph says becomes genres; written last
  model.onnx          the model in float32
  model.int8.onnx     the same in 8 bits; absent where it was not asked for, or nothing in it would be
  tokenizer.json      for models that read plots
  people.json         for models that know people: the training films and who made them
  requirements.txt    what it needs beside cinefuse itself; torch is not among it
  README.md           the model card
"""

import hashlib
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError

from cinefuse._version import __version__
from cinefuse.errors import RunError
from cinefuse.features.people import PeopleSettings
from cinefuse.features.plots import PlotSettings
from cinefuse.features.posters import PosterSettings
from cinefuse.prediction import DecidingRecord, Part
from cinefuse.results import ParameterCounts, Record, first_faults

FORMAT: Literal[1] = 1  # raised when an older export can no longer be read
RECORD = "export.json"
TOKENIZER = "tokenizer.json"
PEOPLE = "people.json"
Precision = Literal["float32", "int8"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
EXPORT_AGAIN = "make it anew with `cinefuse export`"


class ReadingSettings(PlotSettings, PosterSettings, PeopleSettings):
    """How movies become what the graph reads."""


class Agreement(Record):
    """An exported model beside the run that it came from, on the same films.

    Attributes:
        largest_difference: of any probability, as users see it.
        mean_difference: of all of them.
        same_labels: share of pairs of film and genre that are decided alike.
        same_films: share of films that are given exactly the same genres.
        largest_difference_lacking: as the first, of films with their plot or their poster taken away; None
            where the model reads one of them alone.
        same_labels_lacking: share of pairs of those films and genre that are decided alike; likewise.
    """

    largest_difference: float
    mean_difference: float
    same_labels: float
    same_films: float
    largest_difference_lacking: float | None = None
    same_labels_lacking: float | None = None


class Verification(Record):
    """What an export was held against its run on.

    Attributes:
        corpus: its name; `embedded` are invented films, which say that the graph is right, and little of
            how often int8 decides otherwise on real ones.
        films: their number.
    """

    corpus: str
    split: str
    films: int
    agreement: dict[Precision, Agreement]


class ExportRecord(DecidingRecord):
    """`export.json`.

    Attributes:
        model: the recipe's name.
        reads: "plot", "poster" or both.
        links: name of the registered links that it reads of a film's people; None where it knows nobody.
        inputs: names of what the graph reads, in its order.
        learned_from: the films that thresholds and calibration are of, as the run's `bundle.json` says it.
        models: precision -> file name.
        files: file name -> its SHA-256, of every file that predicting reads.
        made_with: package -> version.
    """

    format: Literal[1] = FORMAT
    version: str = __version__
    model: str
    reads: tuple[Part, ...]
    links: str | None = None
    inputs: tuple[str, ...]
    reading: ReadingSettings
    learned_from: Literal["dev", "unseen"] = "dev"
    parameters: ParameterCounts
    trained_on: dict[str, Any]
    models: dict[Precision, str]
    files: dict[str, str]
    made_with: dict[str, str]
    verification: Verification | None = None


def is_export(directory: Path) -> bool:
    """Whether there is an export in that folder, whole or damaged."""
    return (directory / RECORD).is_file()


def read_export_record(directory: Path) -> ExportRecord:
    """Reads and checks `export.json` alone.

    Raises:
        RunError: if it is missing, damaged or of another version.
    """
    path = directory / RECORD
    try:
        return ExportRecord.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(
            f"{directory}: not an export: it has no {RECORD}; `cinefuse export RUN --out DIR` makes one"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise RunError(
            f"{path}: not an export that cinefuse {__version__} (format {FORMAT}) can read: "
            f"{first_faults(error)}; {EXPORT_AGAIN}, or open it with the version that made it"
        ) from error


def model_file(directory: Path, record: ExportRecord, precision: str) -> Path:
    """The model of that precision, after all files that it needs were found to be what was written.

    Raises:
        RunError: if there is none of that precision, or a file is missing or changed.
    """
    names = {str(known): name for known, name in record.models.items()}
    if precision not in names:
        known = precision in PRECISIONS
        raise RunError(
            f"{directory}: "
            + ("no int8 model is in it; " if known else f"no precision is called '{precision}'; ")
            + f"allowed here is {' or '.join(names)}"
            + (f"; or {EXPORT_AGAIN} without --no-int8, if it reads plots" if known else "")
        )
    needed = [names[precision]] + [TOKENIZER] * ("plot" in record.reads)
    needed += [PEOPLE] * (record.links is not None)
    for name in needed:
        _check(directory / name, record.files.get(name))
    return directory / names[precision]


def digest(path: Path) -> str:
    """The file's SHA-256.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path, expected: str | None) -> None:
    try:
        found = digest(path)
    except FileNotFoundError as error:
        raise RunError(
            f"{path.parent}: the export lacks {path.name}; copy it whole, or {EXPORT_AGAIN}"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    if found != expected:
        raise RunError(
            f"{path}: not the file that was exported: its SHA-256 is {found[:12]}..., and {RECORD} says "
            f"{(expected or 'nothing')[:12]}...; copy it again, or {EXPORT_AGAIN}"
        )
