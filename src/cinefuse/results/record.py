"""What every record is, and how it comes to disk and back."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cinefuse.errors import RunError, StorageError


class Record(BaseModel):
    """Something that was measured, as JSON. Frozen; an unknown field is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


AnyRecord = TypeVar("AnyRecord", bound=BaseModel)


def first_faults(error: ValidationError) -> str:
    """The first three of a record's faults, each with its place, in one line."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors()[:3]
    )


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


def read_record(kind: type[AnyRecord], path: Path, written_by: str) -> AnyRecord:
    """Reads a record of that kind.

    Args:
        kind: the record's class.
        path: the file.
        written_by: the command that writes such files, for the message.

    Raises:
        RunError: if the file is missing or holds something else.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file; `{written_by}` writes it") from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        name = kind.__name__.lower()
        raise RunError(f"{path}: not a {name} written by this version: {error}") from error
