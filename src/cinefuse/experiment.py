"""The journey, top to bottom: corpus -> features -> model -> training -> thresholds -> bundle."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers.trainer_callback import TrainerCallback

from cinefuse import processes
from cinefuse.bundle import Bundle, BundleRecord, ScoringSettings, save_bundle, storing
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.decisions import fit_decisions
from cinefuse.encoders import ENCODERS
from cinefuse.errors import CorpusError
from cinefuse.features.links import LINKS
from cinefuse.features.people import PeopleGraph, gather_people
from cinefuse.features.plots import fit_tokenizer
from cinefuse.features.table import FeatureTable, encode_movies
from cinefuse.folds import training_movies
from cinefuse.fusion import GRAPHS, PEOPLE
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.results import ThresholdSummary
from cinefuse.run_folder import learned_otherwise, open_run_folder
from cinefuse.training import Fitted, check_shares, fit, seeded
from cinefuse.training.compression import check_matrices, make_smaller
from cinefuse.training.distillation import ask, open_teacher


def run(
    recipe: str,
    settings: Settings,
    corpus: Corpus,
    directory: Path,
    *,
    resume: bool = False,
    callbacks: Sequence[TrainerCallback] = (),
) -> BundleRecord:
    """Trains one model on the corpus' train split, fits thresholds and calibration on dev, saves it.

    Called by each of several processes, they train it together; the first one writes.

    Args:
        recipe: the model's name, for reports.
        resume: go on with a run that was broken off; a run that is finished is left as it is.
        callbacks: transformers' own, told of every epoch; what one of them raises ends the run.

    Raises:
        RunError: if `directory` is taken and may not be gone on with.
        CorpusError: if the corpus lacks a split, or the modality that the model reads.
        SettingsError: if the processes cannot share a batch evenly.
        StorageError: if the disk refuses.
        ProcessError: if another process failed.
    """
    check_shares(settings)
    finished = open_run_folder(recipe, settings, corpus, directory, resume=resume)
    if finished:
        say(f"{recipe}: finished already, in {directory}")
        return finished
    with seeded(settings.seed, deterministic=settings.deterministic):
        # corpus -> features
        with processes.agreeing():
            tokenizer, people = make_tokenizer(settings, corpus), make_people(settings, corpus)
        train, dev = _features(settings, corpus, tokenizer, people)
        # features -> model
        blueprints, model = _build(recipe, settings, tokenizer, train, people)
        # model -> training
        fitted = fit(recipe, model, train, dev, settings, directory, callbacks)
        # training -> thresholds and calibration, from what the model says of dev
        decisions = processes.by_first(lambda: fit_decisions(settings, fitted.model, fitted.dev))
    # all of it -> bundle
    record = BundleRecord(
        model=recipe,
        scoring=ScoringSettings.of(settings),
        blueprints=blueprints,
        genres=corpus.genres,
        threshold=ThresholdSummary(rule=settings.threshold, value=decisions.thresholds.value_),
        thresholds=tuple(decisions.thresholds.thresholds_.tolist()),
        calibration=decisions.calibration,
        without=decisions.without,
        parameters=model.parameter_counts(),
        recipe=settings.model_dump(mode="json"),
        trained_on=_trained_on(settings, corpus),
        seconds=fitted.seconds,
        averaged=fitted.averaged,
        seed=settings.seed,
    )
    return processes.by_first(lambda: _finish(Bundle(record, model, tokenizer, people), fitted, directory))


def check(settings: Settings, corpus: Corpus) -> None:
    """Finds what `run` would refuse, before hours of it; builds the model's shape alone.

    Raises:
        CinefuseError: as `run`.
    """
    check_shares(settings)
    make_people(settings, corpus)
    blueprints = make_blueprints(settings, make_tokenizer(settings, corpus))
    with torch.device("meta"):
        check_matrices(settings, GenreModel.from_blueprints(settings, blueprints, len(corpus.genres)))


def _learned_from(settings: Settings, corpus: Corpus) -> Sequence[Movie]:
    return training_movies(corpus, settings.fold, unpaired=settings.unpaired)


def make_tokenizer(settings: Settings, corpus: Corpus) -> Tokenizer | None:
    """The text encoder's own tokeniser, or one learned from the training plots; None without text."""
    movies = training_movies(corpus, settings.fold, unpaired=False)
    if settings.vision is not None and all(movie.poster is None for movie in movies):
        raise CorpusError(
            f"corpus {corpus.name}: no training movie has a poster, and the model reads posters; allowed is "
            "a recipe of plots alone: its name ends in -text"
        )
    if settings.text is None:
        return None
    if all(movie.plot is None for movie in movies):
        raise CorpusError(
            f"corpus {corpus.name}: no training movie has a plot, and the model reads plots; allowed is a "
            "recipe of posters alone: its name ends in -vision"
        )
    plots = (movie.plot for movie in movies if movie.plot is not None)
    return ENCODERS[settings.text].tokenizer(settings, plots) or fit_tokenizer(plots, settings)


def make_people(settings: Settings, corpus: Corpus) -> PeopleGraph | None:
    """The films that are trained on and who made them; None for a model that knows no people.

    Raises:
        CorpusError: if no director and no cast of any of them is known.
    """
    if settings.graph is None:
        return None
    graph = gather_people(_learned_from(settings, corpus), corpus.genres)
    if not graph.people:
        raise CorpusError(
            f"corpus {corpus.name}: no training movie has a director or a cast, and the model reads a graph "
            "of them; allowed is a corpus that names them (of a table: `corpus prepare TABLE STORE "
            "--column director=NAME --column cast=NAME`), or a recipe without a graph"
        )
    return graph


def _features(
    settings: Settings, corpus: Corpus, tokenizer: Tokenizer | None, people: PeopleGraph | None
) -> tuple[FeatureTable, FeatureTable]:
    """Train and dev as tensors; the first process leaves them on the disk for the others."""
    sees = settings.vision is not None
    with processes.agreeing(), processes.first_goes_ahead():
        splits = (_learned_from(settings, corpus), corpus.split("dev"))
        train, dev = (
            encode_movies(movies, corpus.genres, settings, tokenizer, read_posters=sees, keep=True)
            for movies in splits
        )
        if settings.fold is not None and "all" in {settings.text_freeze, settings.vision_freeze}:
            # what frozen encoders make of all training films serves every part of them
            movies = training_movies(corpus, None, unpaired=settings.unpaired)
            whole = encode_movies(movies, corpus.genres, settings, tokenizer, read_posters=sees, keep=True)
            rows = {movie.id: row for row, movie in enumerate(movies)}
            train = train.within(whole, [rows[movie.id] for movie in splits[0]])
    if settings.teacher is not None and settings.learner == "gradient":
        teacher, movies = Path(settings.teacher), _learned_from(settings, corpus)
        say(f"asking the teacher, {teacher}, of {len(movies):,} films")
        train = train.with_taught(processes.by_first(lambda: _ask(teacher, movies, corpus)))
    if settings.graph is not None and people is not None:
        finder = LINKS[GRAPHS[settings.graph].links](people, settings)
        train, dev = (
            table.with_links(finder.find(movies)) for table, movies in zip((train, dev), splits, strict=True)
        )
    return train, dev


def _build(
    recipe: str,
    settings: Settings,
    tokenizer: Tokenizer | None,
    train: FeatureTable,
    people: PeopleGraph | None,
) -> tuple[dict[str, Any], GenreModel]:
    """The model with its first weights and what its head knows of the genres, and what it is built from."""
    with processes.agreeing():
        blueprints = make_blueprints(settings, tokenizer)
        if people is not None:
            blueprints[PEOPLE] = {"films": len(people.films)}
        model = GenreModel.from_blueprints(settings, blueprints, train.genres.shape[1])
        for line in model.load_pretrained(settings, tokenizer):
            say(f"{recipe}: {line}")
        for line in make_smaller(settings, model):
            say(f"{recipe}: {line}")
        model.adapt(tokenizer, train)
    return blueprints, model


def _ask(teacher: Path, movies: Sequence[Movie], corpus: Corpus) -> Tensor:
    """What the teacher says of the movies; one of other films may know those of dev and test."""
    opened = open_teacher(teacher, corpus.genres)
    if not learned_otherwise(teacher, corpus):
        return ask(opened, movies, corpus.split("train"))
    say(
        f"note: {teacher} learned from other films than these, or from other genres of them; if dev or "
        "test films are among them, scores of its student are too good"
    )
    return ask(opened, movies, None)


def _trained_on(settings: Settings, corpus: Corpus) -> dict[str, Any]:
    return {
        "corpus": corpus.name,
        "movies": len(_learned_from(settings, corpus)),
        "plot_rule": corpus.plot_rule,
        "split_rule": corpus.split_rule,
        "skipped": dict(corpus.skipped),
    }


def _finish(bundle: Bundle, fitted: Fitted, directory: Path) -> BundleRecord:
    """Saves the run, then drops the checkpoints that led to it."""
    with storing(directory):
        (directory / "history.json").write_text(json.dumps(fitted.history, indent=1) + "\n", encoding="utf-8")
    save_bundle(bundle, directory)
    shutil.rmtree(directory / "checkpoints", ignore_errors=True)
    return bundle.record
