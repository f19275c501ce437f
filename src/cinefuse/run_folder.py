"""The folder of one run: whether it is free, whose it is, and whether it may be gone on with."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cinefuse import processes
from cinefuse.bundle import BundleRecord, read_bundle_record, storing
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.ensembles.members import digest_of
from cinefuse.errors import RunError
from cinefuse.recipes import Settings
from cinefuse.recipes.concerns import idle_settings

IDENTITY = "run.json"  # what a run was started with; a resumed one must have been started with the same
WATCHING = {"report_to"}  # settings by which a run is watched: it stays the same run

OTHERWISE = "was started otherwise; give the same again, or another --out"
ELSEWHERE = "the first process has other films than another one; give all the same corpus"


class Started(BaseModel):
    """`run.json`: what `open_run_folder` wrote; `corpus` by `corpus_identity`, `teacher` by its digest."""

    recipe: str
    corpus: dict[str, Any]
    settings: dict[str, Any]
    teacher: str | None = None


def open_run_folder(
    recipe: str, settings: Settings, corpus: Corpus, directory: Path, *, resume: bool
) -> BundleRecord | None:
    """Takes `directory` for a run, new or gone on with; returns the record of one that is finished.

    Raises:
        RunError: if there is something in it and `resume` is off, or it was started with other settings; if
            another process does not see it, or other films.
    """
    finished = processes.by_first(lambda: _take(recipe, settings, corpus, directory, resume=resume))
    if processes.count() > 1:
        _check_sight(corpus, directory)
    return finished


def _check_sight(corpus: Corpus, directory: Path) -> None:
    """All processes must see the run's folder, on whatever machine they are, and the first one's films."""
    firsts = processes.by_first(lambda: corpus_identity(corpus))
    with processes.agreeing():
        if not (directory / IDENTITY).is_file():
            raise RunError(
                f"{directory}: the first process has made it, and it is not seen here; "
                "allowed is a folder on storage that all machines share"
            )
        refuse_differing({directory: corpus_differences(firsts, corpus)}, ELSEWHERE)


def _take(
    recipe: str, settings: Settings, corpus: Corpus, directory: Path, *, resume: bool
) -> BundleRecord | None:
    if is_taken(directory):
        if not resume:
            raise RunError(
                f"{directory}: exists and is not empty; allowed is a new folder, or --resume to go on"
            )
        refuse_differing({directory: started_otherwise(recipe, settings, corpus, directory)}, OTHERWISE)
        return read_bundle_record(directory) if (directory / "bundle.json").exists() else None
    identity = Started(
        recipe=recipe,
        corpus=corpus_identity(corpus),
        settings=settings.model_dump(mode="json"),
        teacher=_teacher(settings),
    )
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / IDENTITY).write_text(identity.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return None


def _teacher(settings: Settings) -> str | None:
    """Its digest: the same folder may have come to hold another run. None for a model that has none."""
    if settings.teacher is None or settings.learner != "gradient":
        return None
    if not (folder := Path(settings.teacher)).is_dir():
        raise RunError(f"teacher={folder}: there is no such folder; allowed is a run's or an ensemble's")
    return digest_of(folder)


def is_taken(directory: Path) -> bool:
    """Whether there is anything in it. A run that failed before its first checkpoint left nothing to lose."""
    if not directory.is_dir():
        return directory.exists()
    return any(
        path.name not in {IDENTITY, "events"} and not (path.name == "checkpoints" and not any(path.iterdir()))
        for path in directory.iterdir()
    )


def idle_names(settings: Settings) -> set[str]:
    """Settings that change nothing for this model: with another value it would be the same run."""
    return {name for name in Settings.model_fields if idle_settings([settings], [f"{name}="])}


def relevant_settings(settings: Settings) -> dict[str, Any]:
    """What makes a run of this model that run: its settings but for those that change nothing.

    A teacher is known by its digest, too: the folder may have come to hold another one.

    Raises:
        RunError: if there is no teacher in that folder.
    """
    relevant = settings.model_dump(mode="json", exclude=idle_names(settings) | WATCHING)
    if relevant.get("teacher") is not None:
        relevant["teacher"] = f"{settings.teacher} ({_teacher(settings)})"
    return relevant


def started_otherwise(recipe: str, settings: Settings, corpus: Corpus, directory: Path) -> list[str]:
    """How the run in `directory` was started otherwise, in lines; none for the same and for a free folder.

    Files that settings name (`word_vectors`, an encoder's folder) are known by their path alone.

    Raises:
        RunError: if what it was started with cannot be read.
    """
    if not is_taken(directory):
        return []
    started = read_started(directory)
    # a setting that came after the run was started had its default then, had it been there
    before = Settings.model_validate({}).model_dump(mode="json") | started.settings
    passed_over = idle_names(settings) | WATCHING
    then, now = (
        {name: value for name, value in all_of_them.items() if name not in passed_over}
        for all_of_them in (before, settings.model_dump(mode="json"))
    )
    differing = [
        *_differences(started.recipe, recipe, "recipe"),
        *corpus_differences(started.corpus, corpus),
        *_differences(then, now, "settings"),
    ]
    # a run that is finished has no more use for its teacher, which may be gone
    is_finished = (directory / "bundle.json").exists()
    if settings.teacher is None or not is_finished or Path(settings.teacher).is_dir():
        differing += _differences(started.teacher, _teacher(settings), "teacher (by its files' digest)")
    return differing


def refuse_differing(differing: dict[Path, list[str]], what_then: str) -> None:
    """Refuses runs that differ from what is asked for.

    Args:
        differing: a run's folder -> how it differs, in lines; empty where it does not.
        what_then: what is wrong and what to do, for the message.

    Raises:
        RunError: if there is any such line.
    """
    told = [
        "\n".join((f"{directory}: {what_then}:", *(f"  - {line}" for line in lines)))
        for directory, lines in differing.items()
        if lines
    ]
    if told:
        raise RunError("\n".join(told))


def corpus_identity(corpus: Corpus) -> dict[str, Any]:
    """By what a corpus is known again; its films by a digest of each split, for which no poster is read."""
    return {
        "name": corpus.name,
        "genres": list(corpus.genres),
        "plot_rule": corpus.plot_rule,
        "split_rule": corpus.split_rule,
        "movies": {split: len(movies) for split, movies in corpus.splits.items()},
        "films": {split: _digest(movies) for split, movies in corpus.splits.items()},
    }


def _digest(movies: Sequence[Movie]) -> str:
    """The same for the same films in the same order: ids, plots, genres, people, which have a poster."""
    digest = hashlib.blake2b(digest_size=16)
    for movie in movies:
        people = [movie.director, movie.cast] if movie.director or movie.cast else []
        told = [movie.id, movie.plot, movie.genres, movie.poster is not None, *people]
        digest.update(json.dumps(told).encode())
    return digest.hexdigest()


def read_started(directory: Path) -> Started:
    """What the run in `directory` was started with.

    Raises:
        RunError: if that cannot be read.
    """
    try:
        return Started.model_validate_json((directory / IDENTITY).read_bytes())
    except (OSError, ValidationError) as error:
        why = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
        raise RunError(
            f"{directory}: not a run: its {IDENTITY} cannot be read ({why}); give --out another folder"
        ) from error


def corpus_differences(started: dict[str, Any], corpus: Corpus) -> list[str]:
    """How the corpus that a run was started on (see `Started`) differs from `corpus`, in lines."""
    then, now = dict(started), corpus_identity(corpus)
    films = now.pop("films")
    before = then.pop("films", None)
    if not isinstance(before, dict):
        before = films  # an earlier version wrote no digests: those films count as the same
    return [
        *_differences(then, now, "corpus"),
        *(
            f"corpus.films: the films of split {split} are others, or their order, plots, genres or posters"
            for split in films
            if split in before and before[split] != films[split]
        ),
    ]


def learned_otherwise(directory: Path, corpus: Corpus) -> list[str]:
    """How the films that a run has seen differ from the train and dev split of `corpus`, in lines.

    Raises:
        RunError: if what it was started with cannot be read.
    """
    seen = read_started(directory).corpus.get("films")
    if not isinstance(seen, dict):
        return ["corpus.films: an earlier version kept no digest of them; train it again"]
    return [
        f"corpus.films: the films of split {split} are others, or their order, or what is known of them"
        for split in ("train", "dev")
        if seen.get(split) != _digest(corpus.split(split))
    ]


def _differences(started: Any, given: Any, where: str = "") -> list[str]:
    if isinstance(started, dict) and isinstance(given, dict):
        keys = sorted(set(started) | set(given))
        inside = (
            _differences(started.get(key), given.get(key), f"{where}.{key}".lstrip(".")) for key in keys
        )
        return [line for lines in inside for line in lines]
    return [] if started == given else [f"{where}: started with {started}, now {given}"]
