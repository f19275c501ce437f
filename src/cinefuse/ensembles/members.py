"""Opened runs of the same genres, asked about the same movies."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from torch import Tensor

from cinefuse.corpus.movie import Movie
from cinefuse.features.table import FeatureTable
from cinefuse.inference import MODALITIES, Predictor, lacking_also
from cinefuse.metrics.arrays import Bools, Floats
from cinefuse.prediction import Lacking

PARTS = ("plot", "poster")
# what a run leaves in its folder that it needs no more to tell genres
LEFT = (
    *("events", "checkpoints", "export", "predictions.npz", "dev.npz"),
    *("weights.json", "history.json", "test.json", "dev.json", "train.json", "unpaired.json"),
    *("trainings", "combined", "recipe.json"),
)


@dataclass(frozen=True, slots=True)
class MembersTable:
    """N movies as each of M members reads them; one table serves all members that read alike."""

    tables: tuple[FeatureTable, ...]

    def __len__(self) -> int:
        return len(self.tables[0])

    @property
    def genres(self) -> Tensor:
        """(N, G), as `FeatureTable.genres`."""
        return self.tables[0].genres

    @property
    def absent(self) -> Counter[str]:
        """Reason -> number of movies that lack a part that some member reads."""
        absent: Counter[str] = Counter()
        for table in self.tables:
            absent |= table.absent
        return absent

    def all_lacking(self) -> list[Lacking]:
        """Which parts each movie has not, of those that any member reads."""
        of_members = zip(*(table.all_lacking() for table in self.tables), strict=True)
        return [tuple(part for part in PARTS if any(part in one for one in kinds)) for kinds in of_members]


@dataclass(frozen=True, slots=True)
class Told:
    """What M members say of N movies.

    Attributes:
        probabilities: (M, N, G), calibrated by each member's own calibration.
        reading: (M, N), whether the movie has anything that the member reads.
    """

    probabilities: Floats
    reading: Bools


class Members:
    """See the module; the order of `predictors` is that of all arrays.

    Attributes:
        genres: of them all.
        reads: "plot", "poster" or both: what any of them reads.
    """

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.predictors = tuple(predictors)
        self.genres = self.predictors[0].genres
        self.reads = tuple(part for part in PARTS if any(part in one.reads for one in self.predictors))

    def features(self, movies: Sequence[Movie], *, tell: bool = True) -> MembersTable:
        """The movies, read once for all members that read alike; see `Predictor.features`."""
        read: dict[str, FeatureTable] = {}
        for one in self.predictors:
            if one.reading not in read:
                read[one.reading] = one.features(movies, tell=tell)
        return MembersTable(tuple(read[one.reading] for one in self.predictors))

    def split_features(self, movies: Sequence[Movie]) -> MembersTable:
        """As `features`, of a corpus' split; see `Predictor.split_features`."""
        return MembersTable(tuple(one.split_features(movies, watched=False) for one in self.predictors))

    def told(self, table: MembersTable, conditions: Sequence[Sequence[str]]) -> list[Told]:
        """What they say under each condition: the modalities that are hidden."""
        of_members = [
            one.calibrated_conditions(own, [_of_its_own(one, hidden) for hidden in conditions])
            for one, own in zip(self.predictors, table.tables, strict=True)
        ]
        return [
            Told(
                np.stack([told[number] for told in of_members]),
                np.array(
                    [
                        [bool(set(one.reads) - set(lacking_also(kind, hidden))) for kind in own.all_lacking()]
                        for one, own in zip(self.predictors, table.tables, strict=True)
                    ]
                ),
            )
            for number, hidden in enumerate(conditions)
        ]


def _of_its_own(predictor: Predictor, hidden: Sequence[str]) -> tuple[str, ...]:
    """Of hidden modalities, those that can be hidden from it: one that reads nothing else is not asked so."""
    own = tuple(name for name in hidden if MODALITIES[name] in predictor.reads)
    return () if len(own) == len(predictor.reads) else own


def files_of(run: Path) -> list[Path]:
    """The files that a run needs to tell genres, relative to its folder, in order."""
    return sorted(
        path.relative_to(run)
        for path in run.rglob("*")
        if path.is_file() and path.relative_to(run).parts[0] not in LEFT
    )


def copy_run(run: Path, directory: Path) -> None:
    """What it needs to tell genres."""
    copy_files(run, directory, files_of(run))


def copy_files(run: Path, directory: Path, files: Iterable[str | Path]) -> None:
    """Those of a run. A weight file is never written to, only replaced: a link is as good.

    Args:
        files: relative to its folder.
    """
    for name in map(Path, files):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.suffix == ".safetensors":
            with suppress(OSError):  # another disk, or one without links
                os.link(run / name, target)
                continue
        shutil.copyfile(run / name, target)


def digest_of(run: Path) -> str:
    """The same for the same run, wherever it lies: of the names and contents of its files."""
    files = files_of(run)
    states = [(run / name).stat() for name in files]
    return _digest(run, tuple(files), tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in states))


@lru_cache(maxsize=64)
def _digest(run: Path, files: tuple[Path, ...], states: tuple[tuple[int, ...], ...]) -> str:
    """Files are read again when one of them was written anew; an ablation asks for the same run often."""
    del states
    digest = hashlib.blake2b(digest_size=16)
    for name in files:
        with (run / name).open("rb") as file:
            digest.update(f"{name.as_posix()} {hashlib.file_digest(file, 'blake2b').hexdigest()}\n".encode())
    return digest.hexdigest()
