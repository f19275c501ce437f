"""What an earlier call of `compare` left in the folder: which runs may be gone on with, and what is kept.

Nothing is written here, so that whatever is refused is refused before anything is trained.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from cinefuse.corpus.record import Corpus
from cinefuse.errors import CinefuseError, RunError
from cinefuse.progress import say
from cinefuse.results import Comparison, Failure, Result, read_comparison, read_predictions
from cinefuse.results.comparison import folder_of, without_folder
from cinefuse.run_folder import (
    IDENTITY,
    OTHERWISE,
    corpus_differences,
    read_started,
    refuse_differing,
    started_otherwise,
)
from cinefuse.trained_ensemble import RECIPE, Asked


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier comparison in the folder has of models and seeds that are not asked for now."""

    results: dict[Path, Result]
    failed: list[Failure]


def open_comparison(directory: Path, *, resume: bool) -> Comparison | None:
    """What `directory` has of an earlier comparison; refuses what is taken, or is somebody else's."""
    if any(place.is_file() for place in (directory, *directory.parents)):
        raise RunError(f"{directory}: a file is in the way; allowed is a new folder")
    if not directory.exists() or not any(directory.iterdir()):
        return None
    if (directory / IDENTITY).is_file():
        raise RunError(
            f"{directory}: has a run or an ensemble in it; allowed is a new folder, or one that "
            "`cinefuse compare` made"
        )
    if not resume:
        raise RunError(f"{directory}: exists and is not empty; allowed is a new folder, or --resume")
    try:
        return read_comparison(directory / "comparison.json")
    except RunError as error:
        if not any([*directory.glob(f"*/{IDENTITY}"), *directory.glob(f"*/{RECIPE}")]):
            raise RunError(
                f"{directory}: is not empty, and not of a comparison; allowed is a new folder, "
                "or one that `cinefuse compare` made"
            ) from error
        if (directory / "comparison.json").exists():
            say(f"{directory}: its comparison.json is none that this version reads; it is written anew")
        return None


def check_runs(asked: Sequence[Asked], corpus: Corpus) -> None:
    """Refuses runs that were started otherwise; those that are damaged fail when it is their turn."""
    differing = {}
    for run in asked:
        try:
            differing[run.folder] = started_otherwise(run.model, run.settings, corpus, run.folder)
        except RunError:
            continue
    refuse_differing(differing, OTHERWISE)


def earlier_results(
    before: Comparison | None, new: Set[tuple[str, int]], corpus: Corpus, directory: Path, split: str
) -> Earlier:
    """What stays of a comparison: of models and seeds that are not asked for, and whose folders are there.

    Args:
        new: models and seeds that are asked for.

    Raises:
        RunError: if a result that would stay is of other films.
    """
    if before is None:
        return Earlier({}, [])
    failed = [
        one
        for one in before.failed
        if (one.model, one.seed) not in new and folder_of(directory, one.model, one.seed).is_dir()
    ]
    kept, differing = {}, {}
    for result in before.models:
        folder = folder_of(directory, result.model, result.seed)
        if (result.model, result.seed) in new or not folder.is_dir():
            continue
        try:
            started = read_started(folder)
            if started.settings.get("seed") != result.seed:
                continue  # its own folder is gone, and this one is another seed's
            differing[folder] = corpus_differences(started.corpus, corpus)
            if result.corpus.split != split:
                differing[folder].append(f"split: scored on {result.corpus.split}, now {split}")
            elif not differing[folder]:
                _check_scored(folder, corpus, split)
        except RunError as error:
            failed.append(failure(result.model, result.seed, error, directory))
        else:
            kept[folder] = result
    refuse_differing(
        differing, "its result is of other films; give its model and seed as well, or another --out"
    )
    return Earlier(kept, failed)


def _check_scored(folder: Path, corpus: Corpus, split: str) -> None:
    """Refuses a run whose predictions cannot be read, or are not of these films."""
    read_predictions(folder / "dev.npz")
    scored = read_predictions(folder / "predictions.npz")
    if scored.ids.tolist() != [movie.id for movie in corpus.split(split)]:
        raise RunError(
            f"{folder}: its predictions are not of the films of its result; --resume with its model"
        )


def failure(model: str, seed: int, error: Exception, directory: Path) -> Failure:
    """The error in one line: ours speak for themselves, others by their kind too."""
    first_line = (str(error).strip().splitlines() or [""])[0]
    named = () if isinstance(error, CinefuseError) and first_line else (type(error).__name__,)
    told = ": ".join(part for part in (*named, first_line) if part)
    return Failure(model=model, seed=seed, error=without_folder(told, directory))
