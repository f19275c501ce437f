"""The folder of a search: whose it is, whether it may be gone on with, and what stays in it."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cinefuse.bundle import storing
from cinefuse.errors import RunError, StorageError
from cinefuse.results import write_record
from cinefuse.run_folder import IDENTITY, WATCHING, refuse_differing
from cinefuse.tuning.record import Tuning, read_tuning

TUNING, STUDY, LOCK, TRIALS = "tuning.json", "study.db", "lock", "trials"
STAYS = {IDENTITY, "history.json"}  # of a trial that is not the best
OTHERWISE = "was begun otherwise, and trials of one search must be comparable; give another --out"


def trial_folder(number: int) -> str:
    """Of a trial's run, beside `tuning.json`."""
    return f"{TRIALS}/{number:03d}"


@contextmanager
def taken(directory: Path, asked: Tuning, *, resume: bool) -> Iterator[None]:
    """Holds the folder, new or gone on with, against other processes.

    Raises:
        RunError: if there is something else in it, another process is at it, `resume` is off, or it was begun
            with another recipe, other films, settings or values to try.
        StorageError: if the disk refuses.
    """
    if directory.exists() and not directory.is_dir():
        raise RunError(f"{directory}: a file is in the way; allowed is a new folder")
    there = {path.name for path in directory.iterdir()} if directory.exists() else set()
    if there - {LOCK} and not (directory / TUNING).is_file():
        raise RunError(
            f"{directory}: is not empty, and not of a search; allowed is a new folder, "
            "or with --resume one that `cinefuse tune` made"
        )
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(directory / LOCK).acquire(timeout=0)
    except Timeout as error:
        raise RunError(
            f"{directory}: another process is searching there at this moment; wait for it, or stop it and "
            "use --resume"
        ) from error
    except OSError as error:
        raise StorageError(f"{directory}: cannot be locked: {error.strerror}; give another --out") from error
    with held:
        if not (directory / TUNING).exists():
            write_record(asked, directory / TUNING)
        elif not resume:
            raise RunError(f"{directory}: has a search in it; allowed is a new folder, or --resume to go on")
        else:
            refuse_differing({directory: _differences(read_tuning(directory / TUNING), asked)}, OTHERWISE)
        yield


def keep_best_alone(directory: Path, best: int | None, over: Iterable[int]) -> None:
    """Deletes weights and all else that is large of every trial that is over and not the best."""
    with storing(directory):
        for number in over:
            folder = directory / trial_folder(number)
            if number == best or not folder.is_dir():
                continue
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name not in STAYS:
                    path.unlink()


def _differences(then: Tuning, now: Tuning) -> list[str]:
    """How a search was begun otherwise, in lines."""
    lines = []
    if then.recipe != now.recipe:
        lines.append(f"recipe: begun with {then.recipe}, now {now.recipe}")
    if (then.corpus, then.identity) != (now.corpus, now.identity):
        lines.append(
            f"corpus: the films of train or dev are others, or their genres, plots or posters "
            f"({then.corpus.name}, now {now.corpus.name})"
        )
    for what in ("settings", "space"):
        before, after = getattr(then, what), getattr(now, what)
        lines += [
            f"{what}.{key}: begun with {before.get(key, 'none')}, now {after.get(key, 'none')}"
            for key in sorted(before.keys() | after.keys())
            if key not in WATCHING and before.get(key) != after.get(key)
        ]
    return lines
