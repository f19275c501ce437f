"""One trial: its settings are chosen, it is trained, and Optuna is told what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from cinefuse.corpus.record import Corpus
from cinefuse.earlier_results import failure
from cinefuse.errors import ProcessError, StorageError
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.progress import say
from cinefuse.recipes import Recipe, Settings
from cinefuse.recipes.compose import compose_loosely
from cinefuse.training.selection import dev_scores
from cinefuse.tuning.folder import trial_folder
from cinefuse.tuning.record import TrialResult
from cinefuse.tuning.reporting import SECONDS, Reporting
from cinefuse.tuning.space import Dimension
from cinefuse.tuning.study import next_trial, suggest

CHOSEN, SAME_AS, ERROR = "chosen", "same as", "error"  # what a trial notes of itself
STATES: dict[TrialState, Any] = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


@dataclass(frozen=True, slots=True)
class Searched:
    """What is the same for all trials.

    Attributes:
        corpus: without its test films.
        assignments: on top of the recipe, under what a trial chooses.
        settings: of the recipe with these.
        base: see `space.base_values`.
    """

    recipe: Recipe
    corpus: Corpus
    directory: Path
    assignments: list[str]
    settings: Settings
    space: list[Dimension]
    base: dict[str, Any]


def try_next(study: optuna.Study, searched: Searched) -> None:
    """Goes on with the trial that was broken off, or makes a new one, to its end.

    Raises:
        StorageError: if the disk refuses; whatever else stops a trial is noted, and is its end alone.
    """
    trial = next_trial(study, searched.base)
    if CHOSEN in trial.user_attrs:
        say(f"trial {trial.number} was broken off; it goes on")
    recipe, assignments = searched.recipe, searched.assignments
    try:
        chosen = suggest(trial, searched.space, searched.base, recipe, assignments, searched.settings.seed)
        trial.set_user_attr(CHOSEN, chosen)
        pairs = [f"{key}={value}" for key, value in chosen.items()]
        say(f"trial {trial.number}: {' '.join(pairs) or 'as given'}")
        if twin := _twin(study, chosen):
            _repeat(study, trial, twin)
            return
        settings = compose_loosely(recipe, [*assignments, *pairs])
        folder = searched.directory / trial_folder(trial.number)
        reporting = Reporting(trial, searched.settings.select_by)
        run(recipe.name, settings, searched.corpus, folder, resume=True, callbacks=[reporting])
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        say(f"trial {trial.number}: ended early: half of the trials were better by this epoch")
    except (StorageError, ProcessError):
        raise  # it would stop the others as well
    except Exception as error:  # noqa: BLE001 -- whatever stops one trial must not stop the others
        told = failure(recipe.name, searched.settings.seed, error, searched.directory).error
        trial.set_user_attr(ERROR, told)
        study.tell(trial, state=TrialState.FAIL)
        say(f"trial {trial.number}: failed, the others go on: {told}")
    else:
        scores = study.get_trials(deepcopy=False)[trial.number].intermediate_values
        study.tell(trial, max(scores.values()) if scores else _score_fitted(trial, folder, searched))


def _score_fitted(trial: optuna.Trial, folder: Path, searched: Searched) -> float:
    """Dev's score of a model that was fitted at once, without epochs; noted as that of the first."""
    predictor = Predictor.load(folder)
    dev = predictor.split_features(searched.corpus.split("dev"), watched=False)
    (probabilities,) = predictor.score_conditions(dev, [()])
    score = dev_scores(probabilities, dev.genres.numpy())[searched.settings.select_by]
    trial.report(score, 1)
    trial.set_user_attr(SECONDS, {"1": predictor.record.seconds})
    return score


def result_of(trial: FrozenTrial) -> TrialResult:
    """What `tuning.json` says of it."""
    noted = trial.user_attrs
    return TrialResult(
        number=trial.number,
        state=STATES[trial.state],
        settings=noted.get(CHOSEN, {}),
        scores=[score for _, score in sorted(trial.intermediate_values.items())],
        seconds=sum(noted.get(SECONDS, {}).values()),
        same_as=noted.get(SAME_AS),
        error=noted.get(ERROR, ""),
        run=trial_folder(noted.get(SAME_AS, trial.number)),
    )


def _twin(study: optuna.Study, chosen: dict[str, str]) -> FrozenTrial | None:
    """The first trial that was trained with just these settings: again it would be the same."""
    over = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return next((one for one in over if one.user_attrs.get(CHOSEN) == chosen), None)


def _repeat(study: optuna.Study, trial: optuna.Trial, twin: FrozenTrial) -> None:
    say(f"trial {trial.number}: has the settings of trial {twin.number}, and so its scores")
    trial.set_user_attr(SAME_AS, twin.number)
    reported = study.get_trials(deepcopy=False)[trial.number].intermediate_values
    for epoch, score in twin.intermediate_values.items():
        if epoch not in reported:
            trial.report(score, epoch)
    study.tell(trial, twin.value if twin.state == TrialState.COMPLETE else None, state=twin.state)
