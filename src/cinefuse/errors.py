"""Every error that cinefuse raises on purpose.

    CinefuseError
    ├── UserError            the caller can mend it; the command line answers with exit code 2
    │   ├── CorpusError      a source of movies that cannot be read as it stands
    │   ├── SettingsError    settings that do not exist, do not fit or contradict each other
    │   ├── EncoderError     a pretrained encoder that cannot be loaded
    │   ├── RunError         a run folder that is missing, in the way, incomplete or of another version
    │   ├── FetchError       a download that did not arrive whole
    │   └── MissingExtra     an optional dependency that is not installed
    ├── StorageError         the disk said no; exit code 1
    └── ProcessError         one of several processes failed, and so do all; exit code 1

Each message says where, what was given, what is allowed and what to do next.
"""

__all__ = [
    "CinefuseError",
    "CorpusError",
    "EncoderError",
    "FetchError",
    "MissingExtra",
    "ProcessError",
    "RunError",
    "SettingsError",
    "StorageError",
    "UserError",
]


class CinefuseError(Exception):
    """Root of the tree."""

    exit_code = 1


class UserError(CinefuseError):
    """Something that the caller gave and can mend."""

    exit_code = 2


class CorpusError(UserError):
    """A source of movies that cannot be read as it stands."""


class SettingsError(UserError):
    """Settings that do not exist, do not fit or contradict each other; all faults in one message."""


class EncoderError(UserError):
    """A pretrained encoder that cannot be loaded."""


class RunError(UserError):
    """A run folder that is missing, in the way, incomplete or of another version."""


class FetchError(UserError):
    """A download that did not arrive whole."""


class MissingExtra(UserError):
    """An optional dependency that is not installed.

    Example:
        >>> str(MissingExtra("reading HDF5", "hdf5"))
        "reading HDF5 needs an extra that is not installed; run: pip install 'cinefuse[hdf5]'"
    """

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs an extra that is not installed; run: pip install 'cinefuse[{extra}]'"
        )


class StorageError(CinefuseError):
    """The disk said no: full, read-only or gone. What was complete before stays as it was."""


class ProcessError(CinefuseError):
    """One of several processes that train together failed; none of them can go on."""
