"""The weights of several finished runs averaged into one run, which costs what one of them costs.

A uniform soup (Wortsman et al. 2022, Model soups, https://arxiv.org/abs/2203.05482, section 2): where runs
begin at the same weights, their mean is as a rule in the same valley of the loss, and as good as any of them
or better. Its thresholds and calibration are learned as an ensemble's: of runs that each left out another
part of the training films from those films (see `deciding`); else from dev.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cinefuse.bundle import Bundle, BundleRecord, save_bundle
from cinefuse.combination import DECISIONS, check_runs, learned_films, made_with, write_identity
from cinefuse.corpus.movie import Movie
from cinefuse.corpus.record import Corpus
from cinefuse.deciding import FILES, HISTORY, OnDev, decided, worth_on_dev
from cinefuse.ensembles.alike import check_alike
from cinefuse.ensembles.evidence import Voices, find_voices
from cinefuse.errors import StorageError
from cinefuse.features.people import gather_people
from cinefuse.fusion import PEOPLE
from cinefuse.inference import Predictor
from cinefuse.model import GenreModel
from cinefuse.progress import say
from cinefuse.run_folder import IDENTITY
from cinefuse.training.averaging import Weights, add_to_mean, estimate_statistics, learned_norms
from cinefuse.training.rounding import round_weights
from cinefuse.training.settings import DecisionSettings, TrainingSettings
from cinefuse.whole_folder import whole_folder

NAME = "soup"


@dataclass(frozen=True, slots=True)
class Soup:
    """What was made.

    Attributes:
        record: the new run's.
        on_dev: every run that is in it, by its folder, with its path where two are called alike; then the
            soup, as `NAME`.
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
        bundle = decided(mixed, settings, given, _find_voices(given), corpus)
        how = bundle.record.recipe | {"members": digests}
        write_identity(bundle.record.model, how, corpus, partial / IDENTITY)
        (partial / HISTORY).write_text("[]\n", encoding="utf-8")  # it has no epochs of its own
        try:
            save_bundle(bundle, partial)
        except StorageError as error:
            raise StorageError(f"{directory}: the soup could not be written, make room: {error}") from error
    names = [folder.absolute().name for folder in folders]
    alike = len({*names, NAME}) <= len(names)  # then their whole paths tell them apart
    named = dict(zip(map(str, folders) if alike else names, given, strict=True)) | {NAME: Predictor(bundle)}
    return Soup(bundle.record, tuple(worth_on_dev(name, run, corpus) for name, run in named.items()))


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


def _find_voices(runs: Sequence[Predictor]) -> Voices | None:
    """Who may tell the training films; says so where there is nobody."""
    made = [made_with(run) for run in runs]
    voices = find_voices(made)
    if voices is None and any(one.get("fold") is not None for one in made):
        say(
            "soup: thresholds learn from dev: for training films to have a say, it needs one run for "
            "each part that is left out (setting fold)"
        )
    return voices
