"""Downloading what a corpus is made of: resumed where it broke off, checked, from any of several mirrors.

A file arrives as NAME.partial and takes its name when it is whole. Limits: a mirror is left after `ATTEMPTS`
in a row that bring nothing new, with pauses of 1, 2, 4, ... seconds between them; `TIMEOUT_SECONDS` of
silence end an attempt.
"""

import errno
import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from cinefuse.errors import FetchError, StorageError
from cinefuse.progress import say, track

ATTEMPTS = 5
TIMEOUT_SECONDS = 60.0
STEP_BYTES = 1_000_000  # of progress


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


# The authors' own copies (https://github.com/johnarevalo/gmu-mmimdb). No checksum of them is published.
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


class _InterruptedError(Exception):
    """An attempt that may be taken up again."""


class _RefusedError(Exception):
    """A mirror that will not do."""


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
    partial = directory / f"{file.name}.partial"
    answers = []
    for mirror in file.mirrors:
        url = f"{mirror.rstrip('/')}/{file.name}"
        try:
            _fetch_from(url, partial, pause_seconds)
        except (_RefusedError, _InterruptedError) as error:
            answers.append(f"  {url}: {error}")
            continue
        if problem := _problem(file, partial):
            partial.unlink()  # nothing good can be added to it
            answers.append(f"  {url}: what it gave {problem}")
            continue
        partial.replace(target)
        return _fetched(file, target)
    raise FetchError(
        f"{file.name} did not arrive; each mirror's answer:\n" + "\n".join(answers) + "\n"
        "try again later (what has arrived is kept), or name another with --mirror URL"
    )


def _fetch_from(url: str, partial: Path, pause_seconds: float) -> None:
    """Appends to `partial` until it is whole, in several attempts if need be."""
    attempt, furthest = 0, 0
    while True:
        have = partial.stat().st_size if partial.exists() else 0
        attempt = 0 if have > furthest else attempt  # a line that moves on is not given up
        furthest = max(furthest, have)
        try:
            return _attempt(url, partial, have)
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL) as error:
            raise _RefusedError(str(error)) from error
        except (httpx.RequestError, _InterruptedError) as error:
            attempt += 1
            problem = str(error) or type(error).__name__
            if attempt == ATTEMPTS:
                raise _InterruptedError(f"{ATTEMPTS} attempts brought nothing new: {problem}") from error
            pause = pause_seconds * 2 ** (attempt - 1)
            say(f"{url}: {problem}; again in {pause:.0f} s")
            time.sleep(pause)


def _attempt(url: str, partial: Path, have: int) -> None:
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=True) as answer:
        status = f"status {answer.status_code} {answer.reason_phrase}"
        given = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and given == f"bytes */{have}":
            return  # nothing is left to send
        if answer.status_code == 416:
            partial.unlink()
            raise _InterruptedError("it has a smaller file than what had arrived; starting afresh")
        if answer.status_code in {408, 429} or answer.status_code >= 500:
            raise _InterruptedError(status)
        if answer.status_code == 200:
            _append(answer, partial, start=0)  # all of it, whatever was asked for
        elif answer.status_code == 206 and given.startswith(f"bytes {have}-"):
            _append(answer, partial, start=have)
        else:
            raise _RefusedError(f"{status} {given}".rstrip())


def _append(answer: httpx.Response, partial: Path, start: int) -> None:
    declared = int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
    free = shutil.disk_usage(partial.parent).free
    if declared is not None and declared > free:
        raise OSError(errno.ENOSPC, f"{declared:,} bytes are still to come, {free:,} are free")
    with partial.open("ab") as file:
        file.truncate(start)
        steps = _copy(answer, file)
        for _ in track(steps, f"{partial.stem} (MB)", declared // STEP_BYTES if declared else None):
            pass
    arrived = partial.stat().st_size - start
    if declared is not None and arrived != declared:
        raise _InterruptedError(f"{arrived:,} of {declared:,} bytes arrived")


def _copy(answer: httpx.Response, file: IO[bytes]) -> Iterator[None]:
    """Writes what arrives as it arrives, so that nothing of it is lost; yields once a step."""
    arrived = 0
    for chunk in answer.iter_raw():
        file.write(chunk)
        steps = (arrived + len(chunk)) // STEP_BYTES - arrived // STEP_BYTES
        arrived += len(chunk)
        yield from [None] * steps


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
