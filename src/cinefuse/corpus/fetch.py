"""Fetching what a corpus is made of: from any of several mirrors, resumed where it broke off, checked.

A file arrives as NAME.partial (see `partial`) and takes its name when it is whole.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefuse.corpus.download import BrokenOffError, RefusedError, download
from cinefuse.corpus.partial import Partial
from cinefuse.errors import FetchError, StorageError


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be downloaded.

    Attributes:
        size: in bytes; None where its publisher does not say.
        checksum: "md5:..." or "sha256:..."; None where its publisher does not say.
        mirrors: folders on the web in which it lies, tried in turn.
    """

    name: str
    mirrors: tuple[str, ...]
    size: int | None = None
    checksum: str | None = None


# The authors' own copies (https://github.com/johnarevalo/gmu-mmimdb). We know of no published checksum.
MMIMDB_MIRRORS = ("https://archive.org/download/mmimdb", "http://lisi1.unal.edu.co/mmimdb")
MMIMDB_FILES = {
    "raw": (RemoteFile("mmimdb.tar.gz", MMIMDB_MIRRORS),),
    "hdf5": (
        RemoteFile("metadata.npy", MMIMDB_MIRRORS),
        RemoteFile("multimodal_imdb.hdf5", MMIMDB_MIRRORS),
    ),
}


@dataclass(frozen=True)
class Fetched:
    """A file that is here, whole. `checked` is False where its publisher gives no checksum."""

    path: Path
    sha256: str
    checked: bool


def fetch(files: Sequence[RemoteFile], directory: Path, pause_seconds: float = 1.0) -> list[Fetched]:
    """Downloads every file that is not there yet.

    Args:
        files: what to fetch.
        directory: made if need be.
        pause_seconds: before the first new attempt; doubled before each further one.

    Raises:
        FetchError: if no mirror gives a file whole, with what each answered.
        StorageError: if the disk says no; what has arrived stays for the next time.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return [_fetch_file(file, directory, pause_seconds) for file in files]
    except OSError as error:
        raise StorageError(
            f"{directory}: {error.strerror or error}; what has arrived stays, "
            "and the next fetch goes on from there"
        ) from error


def _fetch_file(file: RemoteFile, directory: Path, pause_seconds: float) -> Fetched:
    target = directory / file.name
    if target.exists():
        if problem := _problem(file, target):
            raise FetchError(f"{target}: it is there already and {problem}; delete it and fetch again")
        return _fetched(file, target)
    partial = Partial(directory / f"{file.name}.partial", checkable=file.checksum is not None)
    answers = []
    for mirror in file.mirrors:
        url = f"{mirror.rstrip('/')}/{file.name}"
        try:
            download(url, partial, pause_seconds)
        except (RefusedError, BrokenOffError) as error:
            answers.append(f"  {url}: {error}")
            continue
        if problem := _problem(file, partial.path):
            partial.discard()  # nothing good can be added to it
            answers.append(f"  {url}: what it gave {problem}")
            continue
        partial.finish(target)
        return _fetched(file, target)
    raise FetchError(
        f"{file.name} did not arrive; each mirror's answer:\n" + "\n".join(answers) + "\n"
        "try again later (what has arrived is kept), or name another with --mirror URL"
    )


def _problem(file: RemoteFile, path: Path) -> str | None:
    """What is wrong with a file that should be whole."""
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"has {size:,} bytes, not {file.size:,}"
    if file.checksum is not None:
        algorithm, _, expected = file.checksum.partition(":")
        given = _digest(path, algorithm)
        if given != expected:
            return f"has the {algorithm} {given}, not {expected}"
    return None


def _fetched(file: RemoteFile, path: Path) -> Fetched:
    return Fetched(path=path, sha256=_digest(path, "sha256"), checked=file.checksum is not None)


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
