"""What an ensemble says of itself; no torch, and nothing of its members is opened.

DIR/
  ensemble.json       which runs it is of, what each weighs, how their blend becomes genres; written last
  members/<name>/     the runs themselves: an ensemble needs nothing outside its folder
  run.json            what it was made with: the corpus, the members' digests
  dev.npz             what every film of the dev split was given
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from cinefuse._version import __version__
from cinefuse.errors import RunError
from cinefuse.metrics.blending import Blend
from cinefuse.prediction import RunRecord
from cinefuse.results import Record, first_faults

ENSEMBLE, MEMBERS = "ensemble.json", "members"
MAKE = "`cinefuse ensemble RUN... --corpus C --out DIR` makes one"


class SplitScores(Record):
    """Of some films; None where undefined."""

    f1_macro: float | None
    average_precision_macro: float | None


class Worth(Record):
    """What something is worth.

    Attributes:
        in_sample: on the films by which its weights and thresholds were chosen.
        held_out: on films of dev that had no say in them. The members have chosen their epochs and
            calibrations by all of them: it is no substitute for a test split.
    """

    in_sample: SplitScores
    held_out: SplitScores


class Member(Record):
    """One run.

    Attributes:
        folder: its name among the members; None for a run that weighs nothing, and is left out.
        origin: where it was when the ensemble was made.
        digest: of its files; see `members.digest_of`.
        fold: the part of the training films that it has not seen ("2/5"); None where it has seen all.
        voice: the number of that with which it speaks, from 0; see `evidence`.
        worth: of its voice by itself: probabilities calibrated, thresholds by the ensemble's rule.
    """

    folder: str | None
    origin: str
    model: str
    seed: int
    digest: str
    fold: str | None
    voice: Annotated[int, Field(ge=0)]
    weight: Annotated[float, Field(ge=0, le=1)]
    worth: Worth


class EnsembleRecord(RunRecord):
    """`ensemble.json`.

    Attributes:
        learned_from: the films that weights, thresholds and calibration are of: "dev", or training films that
            the member which told them had not seen ("unseen"; see `evidence`).
        equated: whether what members said of unseen films was brought to the scale of all together; False
            also in a record of an earlier version.
        blend: what the weighted mean is taken of.
        members: all runs that were given, in their order.
        worth: of the ensemble.
        equal_weights: of all that were given, each weighing the same, by the same blend.
    """

    format: Literal[2] = 2
    version: str = __version__
    learned_from: Literal["dev", "unseen"]
    equated: bool = False
    blend: Blend
    members: tuple[Member, ...]
    worth: Worth
    equal_weights: Worth

    @model_validator(mode="after")
    def _weighs(self) -> Self:
        if any((one.folder is None) != (one.weight == 0) for one in self.members):
            raise ValueError("members: exactly those that weigh nothing have no folder")
        if not any(one.weight for one in self.members):
            raise ValueError("members: one at least must weigh something")
        return self

    @property
    def voices(self) -> list[list[Member]]:
        """The members by the voices that they speak with."""
        numbers = dict.fromkeys(one.voice for one in self.members)
        return [[one for one in self.members if one.voice == number] for number in numbers]

    @property
    def kept(self) -> list[tuple[str, float]]:
        """Folder and weight of those that weigh something."""
        return [(one.folder, one.weight) for one in self.members if one.folder is not None]


def is_ensemble(directory: Path) -> bool:
    """Whether an ensemble is in it."""
    return (directory / ENSEMBLE).is_file()


def read_ensemble_record(directory: Path) -> EnsembleRecord:
    """Reads and checks `ensemble.json` alone.

    Raises:
        RunError: if it is missing, damaged or of another version.
    """
    path = directory / ENSEMBLE
    try:
        return EnsembleRecord.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(f"{directory}: not an ensemble: it has no {ENSEMBLE}; {MAKE}") from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise RunError(
            f"{path}: not an ensemble that cinefuse {__version__} can read: {first_faults(error)}; "
            "open it with the version that made it, or make it again"
        ) from error
