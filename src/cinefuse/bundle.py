"""A saved run: weights as safetensors, everything else as JSON, checked when it is opened, never pickle.

RUN/
  bundle.json         what the model is and how its probabilities become genres; written last
  model.safetensors   the weights
  tokenizer.json      for models that read plots
  people.json         for models that know people: the training films and who made them
  history.json        what training logged, an epoch a row
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from cinefuse._version import __version__
from cinefuse.errors import RunError, StorageError
from cinefuse.features.people import PeopleGraph
from cinefuse.features.table import FeatureSettings
from cinefuse.fusion import PEOPLE
from cinefuse.model import Blueprints, GenreModel, ModelSettings
from cinefuse.prediction import RunRecord
from cinefuse.results import first_faults, write_record

FORMAT: Literal[2] = 2  # raised when an older run can no longer be read
GO_ON = "make room, then use --resume, or with ablate the same command"


class ScoringSettings(ModelSettings, FeatureSettings):
    """All that a model needs to score a movie as it did in training."""

    @classmethod
    def of(cls, settings: BaseModel) -> Self:
        """Those of settings that have more."""
        return cls.model_validate(settings.model_dump(include=set(cls.model_fields)))


class BundleRecord(RunRecord):
    """`bundle.json`.

    Attributes:
        recipe: every setting of the run, for the reader.
        averaged: the epochs whose weights it is the average of; empty for one epoch's.
        learned_from: the films that thresholds and calibration are of: "dev", or training films, each told by
            a run that had not seen it ("unseen").
        soup: digests of the runs whose weights it is the average of; empty for a run that was trained itself.
        cross_fitted: digests of the run whose weights it has, then of those that told the films that it
            decides by; empty for a run that decides by itself.
    """

    format: Literal[2] = FORMAT
    version: str = __version__
    scoring: ScoringSettings
    blueprints: Blueprints
    recipe: dict[str, Any]
    averaged: tuple[int, ...] = ()
    learned_from: Literal["dev", "unseen"] = "dev"
    soup: tuple[str, ...] = ()
    cross_fitted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened run."""

    record: BundleRecord
    model: GenreModel
    tokenizer: Tokenizer | None
    people: PeopleGraph | None = None


@contextmanager
def storing(directory: Path) -> Iterator[None]:
    """Turns what the disk says while a run is written into a `StorageError` that names the folder."""
    try:
        yield
    except SafetensorError as error:
        raise StorageError(f"{directory}: the run could not be written: {error}; {GO_ON}") from error
    except RuntimeError as error:  # torch's own writer says no errno
        if "PytorchStreamWriter" not in str(error) and "inline_container" not in str(error):
            raise
        raise StorageError(
            f"{directory}: the disk is full or refused; what was complete before stays: {GO_ON}"
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}:
            raise RunError(f"{directory}: a file is in the way; allowed is a new folder") from error
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        why = "the disk is full" if full else f"the disk refused: {error.strerror}"
        raise StorageError(f"{directory}: {why}; what was complete before stays: {GO_ON}") from error


def save_bundle(bundle: Bundle, directory: Path) -> None:
    """Writes the run; `bundle.json` comes last, so that a folder with one is whole.

    Raises:
        StorageError: if the disk is full or refuses.
    """
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        weights = {name: tensor.contiguous().cpu() for name, tensor in bundle.model.state_dict().items()}
        partial = directory / "model.safetensors.partial"
        save_file(weights, partial)
        partial.replace(directory / "model.safetensors")
        if bundle.tokenizer is not None:
            (directory / "tokenizer.json").write_text(bundle.tokenizer.to_str(), encoding="utf-8")
        if bundle.people is not None:
            write_record(bundle.people, directory / "people.json")
        write_record(bundle.record, directory / "bundle.json")


def read_bundle_record(directory: Path) -> BundleRecord:
    """Reads and checks `bundle.json` alone.

    Raises:
        RunError: if it is missing, damaged or of another version.
    """
    path = directory / "bundle.json"
    try:
        return BundleRecord.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        if (directory / "export.json").is_file():
            raise RunError(
                f"{directory}: an export, and this needs the run that it was made from; "
                "`cinefuse predict`, `tag` and `serve` take exports"
            ) from error
        if (directory / "ensemble.json").is_file():
            raise RunError(
                f"{directory}: an ensemble, and this needs one run: give one of {directory / 'members'}; "
                "`cinefuse evaluate`, `predict`, `tag` and `serve` take ensembles"
            ) from error
        raise RunError(
            f"{directory}: not a finished run: it has no bundle.json; "
            "`cinefuse train` makes one, and with --resume finishes one that was broken off"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise RunError(
            f"{path}: not a run that cinefuse {__version__} (format {FORMAT}) can read: "
            f"{first_faults(error)}; open it with the version that made it, or train it again"
        ) from error


def load_bundle(directory: Path) -> Bundle:
    """Opens a run on the CPU, in evaluation mode.

    Raises:
        RunError: if a part is missing, damaged or does not fit the rest.
    """
    record = read_bundle_record(directory)
    knows_people = PEOPLE in record.blueprints
    parts = ["model.safetensors"] + ["tokenizer.json"] * (record.scoring.text is not None)
    parts += ["people.json"] * knows_people
    for part in parts:
        if not (directory / part).is_file():
            raise RunError(f"{directory}: the run lacks {part}; train it again")
    try:
        model = GenreModel.from_blueprints(record.scoring, record.blueprints, len(record.genres))
        model.load_state_dict(load_file(directory / "model.safetensors"))
        tokenizer = None
        if record.scoring.text is not None:
            tokenizer = Tokenizer.from_str((directory / "tokenizer.json").read_text(encoding="utf-8"))
        people = None
        if knows_people:
            people = PeopleGraph.model_validate_json((directory / "people.json").read_bytes())
    except Exception as error:
        raise RunError(f"{directory}: the run is damaged: {error}; train it again") from error
    return Bundle(record, model.eval(), tokenizer, people)
