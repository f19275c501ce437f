"""A run that has learned from all training films, with thresholds and calibration that are of them too.

Of its own it can learn them from dev alone. Here runs of the same settings that each left out a part tell
them, each film by the one that has not seen it: see `deciding`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cinefuse.bundle import BundleRecord
from cinefuse.combination import DECISIONS, check_runs, made_with, write_identity
from cinefuse.corpus.record import Corpus
from cinefuse.deciding import FILES, OnDev, decided, worth_on_dev
from cinefuse.ensembles.evidence import Voices, find_voices
from cinefuse.ensembles.members import copy_files
from cinefuse.errors import RunError
from cinefuse.inference import Predictor
from cinefuse.results import write_record
from cinefuse.run_folder import IDENTITY
from cinefuse.training.settings import DecisionSettings
from cinefuse.whole_folder import whole_folder

NAME = "cross-fitted"
DECIDING = set(DecisionSettings.model_fields)  # settings that are learned anew


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """What was made.

    Attributes:
        record: the new run's.
        films: how many it decides by.
        on_dev: the run as it was, then as it decides now.
    """

    record: BundleRecord
    films: int
    on_dev: tuple[OnDev, OnDev]

    @property
    def verdict(self) -> str:
        """In a line, what that did to dev's films."""
        before, after = (
            "undefined" if one.f1_macro is None else f"{100 * one.f1_macro:.1f}" for one in self.on_dev
        )
        return (
            f"{self.record.model}: thresholds of {self.films:,} training films; macro F1 on dev {after}, "
            f"{before} by those that it had (which are flattered there, if dev's films chose them)"
        )


def cross_fit(
    whole: Path,
    parts: Sequence[Path],
    corpus: Corpus,
    directory: Path,
    settings: DecisionSettings = DECISIONS,
    *,
    name: str | None = None,
) -> CrossFitted:
    """Makes of `whole` a run in `directory` that decides by all training films.

    Args:
        whole: a finished run on the corpus' train split.
        parts: runs of the same settings, one for each part that is left out (setting fold).
        corpus: with a dev split, by whose films the parts are put on the scale of the whole.
        directory: new.
        settings: how its probabilities become genres.
        name: what reports call it; by default as the whole, with `-cross-fitted`.

    Raises:
        RunError: if the whole left out a part or the parts are not all, for runs that were trained otherwise
            or on other films, a run that is not whole, or a folder that is taken.
        CorpusError: if the corpus has no dev split, or too few films with a genre in it.
        StorageError: if the disk refuses.
    """
    whole, parts = Path(whole), [Path(one) for one in parts]
    digests = check_runs([whole, *parts], corpus)
    with whole_folder(directory, FILES, "run") as partial:
        own, *others = (Predictor.load(one) for one in (whole, *parts))
        bundle = decided(own, settings, others, _voices(whole, own, parts, others), corpus)
        record = bundle.record.model_copy(
            update={
                "model": name or f"{own.name}-{NAME}",
                "seconds": sum(one.record.seconds for one in (own, *others)),
                "cross_fitted": tuple(digests),
            }
        )
        copy_files(whole, partial, [name for name in FILES if (whole / name).exists()])
        write_identity(record.model, record.recipe | {"members": digests}, corpus, partial / IDENTITY)
        write_record(record, partial / FILES[-1])
    after = Predictor.load(directory)
    on_dev = worth_on_dev("as it was", own, corpus), worth_on_dev(NAME, after, corpus)
    return CrossFitted(record, len(corpus.split("train")), on_dev)


def _voices(whole: Path, own: Predictor, parts: Sequence[Path], others: Sequence[Predictor]) -> Voices:
    """The one voice that the parts are."""
    if own.bundle.record.cross_fitted:
        raise RunError(f"{whole}: cross-fitted already; allowed is the run that it was made of")
    expected, *made = (
        {name: value for name, value in made_with(one).items() if name not in DECIDING}
        for one in (own, *others)
    )
    if expected.get("fold") is not None:
        raise RunError(
            f"{whole}: left out part {expected['fold']} of the training films; allowed is a run that has "
            "seen all: train it with fold=none"
        )
    for folder, one in zip(parts, made, strict=True):
        differing = sorted(
            name for name in (expected.keys() | one.keys()) - {"fold"} if expected.get(name) != one.get(name)
        )
        if "model" in differing:
            differing = [f"it is {one['model']}, and not {expected['model']}"]
        if differing:
            raise RunError(
                f"{folder}: trained otherwise than {whole} ({', '.join(differing)}); "
                "allowed are runs of the same model and settings that each left out a part"
            )
    voices = find_voices(made)
    if voices is None:
        given = [str(one.get("fold")) for one in made]
        count = given[0].rpartition("/")[2]
        missing = [f"{number}/{count}" for number in range(1, int(count) + 1)] if count.isdigit() else []
        missing = [one for one in missing if one not in given]
        raise RunError(
            f"parts: runs that left out {', '.join(given)}"
            f"{'; missing: ' * bool(missing)}{', '.join(missing)}; allowed is one for each of as many parts "
            "(setting fold)"
        )
    return voices
