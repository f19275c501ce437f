"""One file from one address, in several attempts, each of which takes up what the last one left.

Limits: an address is given up after `ATTEMPTS` in a row that bring nothing new, with pauses of 1, 2, 4, ...
seconds between them; `TIMEOUT_SECONDS` of silence end an attempt.
"""

import errno
import shutil
import time
from collections.abc import Iterator
from typing import IO

import httpx

from cinefuse.corpus.partial import Origin, Partial
from cinefuse.progress import say, track

ATTEMPTS = 5
TIMEOUT_SECONDS = 60.0
STEP_BYTES = 1_000_000  # of progress


class BrokenOffError(Exception):
    """An attempt, or several, that may be taken up again."""


class RefusedError(Exception):
    """An address that will not do."""


def download(url: str, partial: Partial, pause_seconds: float) -> None:
    """Adds to `partial` until it is whole.

    Raises:
        BrokenOffError: if `ATTEMPTS` in a row brought nothing new; what has arrived stays.
        RefusedError: if the address gives no such file.
        OSError: if the disk says no.
    """
    attempt, furthest = 0, 0
    while True:
        have = partial.usable_size(url)
        attempt = 0 if have > furthest else attempt  # a line that moves on is not given up
        furthest = max(furthest, have)
        try:
            return _attempt(url, partial)
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL) as error:
            raise RefusedError(str(error)) from error
        except (httpx.RequestError, BrokenOffError) as error:
            attempt += 1
            problem = str(error) or type(error).__name__
            if attempt == ATTEMPTS:
                raise BrokenOffError(f"{ATTEMPTS} attempts brought nothing new: {problem}") from error
            pause = pause_seconds * 2 ** (attempt - 1)
            say(f"{url}: {problem}; again in {pause:.0f} s")
            time.sleep(pause)


def _attempt(url: str, partial: Partial) -> None:
    have, before = partial.usable_size(url), partial.origin
    headers = {"Accept-Encoding": "identity"} | partial.range_headers(url)
    with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT_SECONDS, follow_redirects=True) as answer:
        status = f"status {answer.status_code} {answer.reason_phrase}"
        given = answer.headers.get("Content-Range", "")
        now = Origin.of(url, answer)
        if have and answer.status_code in {206, 416} and before is not None and not before.may_be(now):
            partial.discard()
            raise BrokenOffError("it has another file than the one that had begun to arrive; starting afresh")
        if answer.status_code == 416 and given == f"bytes */{have}":
            return  # nothing is left to send
        if answer.status_code == 416:
            partial.discard()
            raise BrokenOffError("it has a smaller file than what had arrived; starting afresh")
        if answer.status_code in {408, 429} or answer.status_code >= 500:
            raise BrokenOffError(status)
        if answer.status_code == 200:
            _append(answer, partial, now, start=0)  # all of it, whatever was asked for
        elif answer.status_code == 206 and have and given.startswith(f"bytes {have}-"):
            _append(answer, partial, now, start=have)
        else:
            raise RefusedError(f"{status} {given}".rstrip())


def _append(answer: httpx.Response, partial: Partial, origin: Origin, start: int) -> None:
    declared = int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
    free = shutil.disk_usage(partial.path.parent).free
    if declared is not None and declared > free:
        raise OSError(errno.ENOSPC, f"{declared:,} bytes are still to come, {free:,} are free")
    with partial.path.open("ab") as file:
        file.truncate(start)  # before the record: no byte of one file stands under another's
        partial.keep_origin(origin)
        steps = _copy(answer, file)
        for _ in track(steps, f"{partial.path.stem} (MB)", declared // STEP_BYTES if declared else None):
            pass
    arrived = partial.size - start
    if declared is not None and arrived != declared:
        raise BrokenOffError(f"{arrived:,} of {declared:,} bytes arrived")


def _copy(answer: httpx.Response, file: IO[bytes]) -> Iterator[None]:
    """Writes what arrives as it arrives, so that nothing of it is lost; yields once a step."""
    arrived = 0
    for chunk in answer.iter_raw():
        file.write(chunk)
        steps = (arrived + len(chunk)) // STEP_BYTES - arrived // STEP_BYTES
        arrived += len(chunk)
        yield from [None] * steps
