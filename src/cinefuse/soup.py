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
from cinefuse.combination import DECISIONS, check_runs, learned_films, made_with, write_identity
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.decisions import learn_decisions
from cinefuse.ensembles.alike import check_alike
from cinefuse.ensembles.evidence import CONDITIONS, find_voices
from cinefuse.errors import StorageError
from cinefuse.features.people import gather_people
from cinefuse.folds import Fold, split_off
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
from cinefuse.training.rounding import round_weights
from cinefuse.training.settings import DecisionSettings, TrainingSettings
from cinefuse.whole_folder import whole_folder

NAME = "soup"
# or fewer; the last says that it is whole
FILES = ("model.safetensors", "tokenizer.json", "people.json", "history.json", IDENTITY, "bundle.json")


@dataclass(frozen=True, slots=True)
class OnDev:
    """What a run, or the soup, is worth on dev's films; None where undefined.

    Attributes:
        name: the run's folder, with its path where two are called alike; `NAME` for the soup.
        f1_macro: by its own thresholds, which are those that suit dev best where they were learned there.
    """

    name: str
    f1_macro: float | None
    average_precision_macro: float | None


@dataclass(frozen=True, slots=True)
class Soup:
    """What was made.

    Attributes:
        record: the new run's.
        on_dev: every run that is in it, then the soup.
    """

    record: BundleRecord
    on_dev: tuple[OnDev, ...]

    @property
    def verdict(self) -> str:
        """In a line, what averaging did to the ranking of dev's films, which needs no threshold."""
        *runs, own = (one.average_precision_macro for one in self.on_dev)
        defined = [one for one in runs if one is not None]
        if own is None or not defined:
            return "soup: mAP is undefined on dev"
        told = (
            f"soup: mAP {100 * own:.1f} on dev, its runs {100 * min(defined):.1f} to {100 * max(defined):.1f}"
        )
        if own < min(defined):
            return f"{told}: worse than every run. Did all begin at the same weights? See `cinefuse ensemble`"
        return told


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
        if len({run.record.seed for run in given}) > 1:
            say("note: runs of several seeds; whatever was not pretrained began at other weights in each")
        mixed = _mixed(given, digests, corpus, name or f"{given[0].name}-{NAME}")
        bundle = _decided(mixed, settings, _tell_unseen(given, corpus), corpus.split("dev"))
        how = bundle.record.recipe | {"members": digests}
        write_identity(bundle.record.model, how, corpus, partial / IDENTITY)
        (partial / "history.json").write_text("[]\n", encoding="utf-8")  # it has no epochs of its own
        try:
            save_bundle(bundle, partial)
        except StorageError as error:
            raise StorageError(f"{directory}: the soup could not be written, make room: {error}") from error
    names = [folder.absolute().name for folder in folders]
    alike = len({*names, NAME}) <= len(names)  # then their whole paths tell them apart
    named = dict(zip(map(str, folders) if alike else names, given, strict=True)) | {NAME: Predictor(bundle)}
    dev = corpus.split("dev")
    return Soup(bundle.record, tuple(_worth(name, run, dev) for name, run in named.items()))


def _mixed(runs: Sequence[Predictor], digests: Sequence[str], corpus: Corpus, name: str) -> Predictor:
    """A run of the mean weights, which knows the people of all training films; it decides nothing yet."""
    first = runs[0].bundle
    mean: Weights = first.model.state_dict()
    for count, run in enumerate(runs[1:], 2):
        mean = add_to_mean(mean, run.bundle.model.state_dict(), count)
    movies = learned_films(runs, corpus)
    people = gather_people(movies, corpus.genres) if first.people is not None else None
    folds = {run.bundle.record.recipe.get("fold") for run in runs}
    blueprints = first.record.blueprints | ({PEOPLE: {"films": len(people.films)}} if people else {})
    record = first.record.model_copy(
        update={
            "model": name,
            "blueprints": blueprints,
            "recipe": first.record.recipe | {"fold": folds.pop() if len(folds) == 1 else None},
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
    if record.recipe.get("quantisation_aware"):
        round_weights(model)  # a mean of rounded weights is none
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
    """The train split, each film by the runs that have not seen it; None where some film has none."""
    made = [made_with(run) for run in runs]
    voices = find_voices(made)
    if voices is None:
        if any(one.get("fold") is not None for one in made):
            say(
                "soup: thresholds learn from dev: for training films to have a say, it needs one run for "
                "each part that is left out (setting fold)"
            )
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


def _decided(
    run: Predictor, settings: DecisionSettings, unseen: _Told | None, dev: Sequence[Movie]
) -> Bundle:
    """The run with what it needs to decide."""
    told = _tell(run, dev) if unseen is None else unseen
    whole, *without = told.scores
    hidden = dict(zip(MODALITIES.values(), without, strict=True)) if without else {}
    decisions = learn_decisions(settings, whole, hidden, told.targets, told.lacking)
    record = run.bundle.record.model_copy(
        update={
            "threshold": ThresholdSummary(rule=settings.threshold, value=decisions.thresholds.value_),
            "thresholds": tuple(decisions.thresholds.thresholds_.tolist()),
            "calibration": decisions.calibration,
            "without": decisions.without,
            "learned_from": "dev" if unseen is None else "unseen",
            "recipe": run.bundle.record.recipe | settings.model_dump(mode="json"),
        }
    )
    return replace(run.bundle, record=record)


def _worth(name: str, run: Predictor, dev: Sequence[Movie]) -> OnDev:
    table = run.split_features(dev, watched=False)
    thresholds = np.array(run.bundle.record.thresholds)
    found = score(run.score(table), table.genres.numpy(), thresholds).metrics
    return OnDev(name, found["f1_macro"], found["average_precision_macro"])
