"""The weights of several finished runs averaged into one run, which costs what one of them costs.

A uniform soup (Wortsman et al. 2022, Model soups, https://arxiv.org/abs/2203.05482, section 2): where runs
begin at the same weights, their mean is as a rule in the same valley of the loss, and as good as any of them
or better. Its thresholds and calibration are learned as an ensemble's: of runs that each left out another
part of the training films from those films, each told by the run that has not seen it; else from dev.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cinefuse.bundle import Bundle, BundleRecord, save_bundle
from cinefuse.combination import DECISIONS, check_runs, made_with, write_identity
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.decisions import Decisions, learn_decisions
from cinefuse.ensembles.alike import check_alike
from cinefuse.ensembles.evidence import CONDITIONS, find_voices
from cinefuse.features.people import gather_people
from cinefuse.folds import Fold, split_off, training_movies
from cinefuse.fusion import PEOPLE
from cinefuse.inference import MODALITIES, Predictor, score_conditions
from cinefuse.metrics.arrays import Bools
from cinefuse.metrics.multilabel import score
from cinefuse.model import GenreModel
from cinefuse.prediction import Lacking, Scores
from cinefuse.progress import say
from cinefuse.results import ThresholdSummary
from cinefuse.run_folder import IDENTITY
from cinefuse.training.averaging import Weights, add_to_mean, estimate_statistics, learned_norms
from cinefuse.training.settings import DecisionSettings, TrainingSettings
from cinefuse.whole_folder import whole_folder

NAME = "soup"
FILES = ("bundle.json", "model.safetensors", "tokenizer.json", "people.json", IDENTITY)


@dataclass(frozen=True, slots=True)
class OnDev:
    """What a run, or the soup, is worth on dev's films; None where undefined.

    Attributes:
        name: the run's folder; `NAME` for the soup.
    """

    name: str
    average_precision_macro: float | None


@dataclass(frozen=True, slots=True)
class Soup:
    """What was made.

    Attributes:
        record: the new run's.
        unseen: whether thresholds are learned from training films, not from dev.
        on_dev: every run that is in it, then the soup.
    """

    record: BundleRecord
    unseen: bool
    on_dev: tuple[OnDev, ...]


def soup(
    runs: Sequence[Path],
    corpus: Corpus,
    directory: Path,
    settings: DecisionSettings = DECISIONS,
    *,
    name: str | None = None,
) -> Soup:
    """Averages the weights of `runs`, each counting the same, into a run in `directory`.

    Args:
        runs: folders of finished runs of one architecture, trained on the corpus' train split.
        corpus: with a dev split.
        directory: new.
        settings: how its probabilities become genres.
        name: what reports call it; by default as the first run, with `-soup`.

    Raises:
        RunError: for fewer than two runs, the same one twice, other genres, other training or dev films, a
            run that is not whole, runs whose weights cannot be averaged, or a folder that is taken.
        CorpusError: if the corpus has no dev split, or too few films with a genre in it.
        StorageError: if the disk refuses.
    """
    folders = [Path(run) for run in runs]
    digests = check_runs(folders, corpus)
    with whole_folder(directory, FILES, NAME) as partial:
        given = [Predictor.load(folder) for folder in folders]
        check_alike(folders, given)
        say(f"soup: the weights of {len(given)} runs, averaged")
        mixed = _mixed(given, digests, corpus, name or f"{given[0].name}-{NAME}")
        on_dev = [_tell(one, corpus.split("dev")) for one in (*given, mixed)]
        unseen = _tell_unseen(given, corpus)
        decisions = _decide(settings, unseen or on_dev[-1])
        bundle = _decided(mixed.bundle, decisions, settings)
        write_identity(bundle.record.model, settings, bundle.record.seed, digests, corpus, partial / IDENTITY)
        save_bundle(bundle, partial)
    names = [*(folder.absolute().name for folder in folders), NAME]
    worth = tuple(OnDev(*one) for one in zip(names, map(_ranked, on_dev), strict=True))
    return Soup(bundle.record, unseen is not None, worth)


def _mixed(runs: Sequence[Predictor], digests: Sequence[str], corpus: Corpus, name: str) -> Predictor:
    """A run of the mean weights, which knows the people of all training films; it decides nothing yet."""
    first = runs[0].bundle
    mean: Weights = first.model.state_dict()
    for count, run in enumerate(runs[1:], 2):
        mean = add_to_mean(mean, run.bundle.model.state_dict(), count)
    movies = training_movies(corpus, None, unpaired=first.record.recipe.get("unpaired", False))
    people = gather_people(movies, corpus.genres) if first.people is not None else None
    blueprints = first.record.blueprints | ({PEOPLE: {"films": len(people.films)}} if people else {})
    record = first.record.model_copy(
        update={
            "model": name,
            "blueprints": blueprints,
            "recipe": first.record.recipe | {"fold": None},
            "trained_on": first.record.trained_on | {"movies": len(movies)},
            "seconds": sum(run.record.seconds for run in runs),
            "averaged": (),
            "soup": tuple(digests),
        }
    )
    return _with_weights(Bundle(record, first.model, first.tokenizer, people), mean, movies)


def _with_weights(bundle: Bundle, weights: Weights, movies: Sequence[Movie]) -> Predictor:
    """The bundle with a model of its own; norms that learn their films' statistics learn them anew."""
    record = bundle.record
    model = GenreModel.from_blueprints(record.scoring, record.blueprints, len(record.genres))
    model.load_state_dict(weights)
    mixed = Predictor(replace(bundle, model=model.eval()))
    if learned_norms(model):
        settings = TrainingSettings.model_validate(
            {name: record.recipe[name] for name in TrainingSettings.model_fields if name in record.recipe}
        )
        table = mixed.features(movies, keep=True)
        estimate_statistics(model, table, settings.batch_size, settings.seed)
    return mixed


@dataclass(frozen=True, slots=True)
class _Told:
    """What a run, or several, say of N films before any calibration; (N, G) under each of `CONDITIONS`."""

    scores: list[Scores]
    lacking: list[Lacking]
    targets: Bools


def _tell(run: Predictor, movies: Sequence[Movie]) -> _Told:
    table = run.split_features(movies, watched=False)
    scores = score_conditions(run.bundle.model, table, _conditions(run.reads))
    return _Told(scores, table.all_lacking(), table.genres.numpy())


def _conditions(reads: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """What is hidden: of a model that reads one part alone, nothing."""
    return CONDITIONS if len(reads) == len(MODALITIES) else CONDITIONS[:1]


def _tell_unseen(runs: Sequence[Predictor], corpus: Corpus) -> _Told | None:
    """The train split, each film by the runs that have not seen it; None where a film has no such run."""
    voices = find_voices([made_with(run) for run in runs])
    if voices is None:
        say("soup: thresholds learn from dev: of no run is it known which training films it has not seen")
        return None
    train = corpus.split("train")
    say(f"soup: asking each run of the training films that it has not seen, {len(train):,} in all")
    told = [
        [_tell(runs[voice[fold.number - 1]], split_off(train, corpus.genres, fold)[1]) for voice in voices]
        for fold in Fold.all_of(len(voices[0]))
    ]
    return _Told(
        [
            np.concatenate([np.mean([one.scores[number] for one in part], axis=0) for part in told])
            for number in range(len(told[0][0].scores))
        ],
        [kind for part in told for kind in part[0].lacking],
        np.concatenate([part[0].targets for part in told]),
    )


def _decide(settings: DecisionSettings, told: _Told) -> Decisions:
    whole, *without = told.scores
    hidden = dict(zip(MODALITIES.values(), without, strict=True)) if without else {}
    return learn_decisions(settings, whole, hidden, told.targets, told.lacking)


def _decided(bundle: Bundle, decisions: Decisions, settings: DecisionSettings) -> Bundle:
    """The bundle with what it needs to decide."""
    record = bundle.record.model_copy(
        update={
            "threshold": ThresholdSummary(rule=settings.threshold, value=decisions.thresholds.value_),
            "thresholds": tuple(decisions.thresholds.thresholds_.tolist()),
            "calibration": decisions.calibration,
            "without": decisions.without,
        }
    )
    return replace(bundle, record=record)


def _ranked(told: _Told) -> float | None:
    """Macro average precision."""
    return score(told.scores[0], told.targets, np.full(told.targets.shape[1], 0.5)).metrics[
        "average_precision_macro"
    ]
