"""Optuna's study, kept in a file beside the runs: what is tried next, and when a trial is ended early.

SQLite, for what it has written survives a kill at any moment; Optuna's journal does not read on after half a
line. A trial that was broken off goes on with its own values: each of them depends on nothing but the seed,
the trials before, the trial's number and the setting, not on what was drawn in the same process.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from cinefuse.errors import StorageError
from cinefuse.recipes import Recipe
from cinefuse.tuning.space import Dimension, matters

FIRST_AT_RANDOM = 8  # trials before the sampler learns from them
NEVER_PRUNED = 4  # trials that are trained to their end, for the others to be held against
LEAST_SHARE = 4  # a quarter of its epochs is what a trial gets in any case
ENOUGH = 5  # finished trials, before importances are worth telling
NAME = "cinefuse"


@contextmanager
def opened_study(path: Path, max_epochs: int) -> Iterator[optuna.Study]:
    """The study in that file, made if it is not there.

    Raises:
        StorageError: if the disk refuses, here or inside.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = None
    try:
        storage = RDBStorage(URL.create("sqlite", database=str(path.absolute())).render_as_string())
        yield optuna.create_study(
            study_name=NAME,
            storage=storage,
            direction="maximize",
            pruner=optuna.pruners.MedianPruner(NEVER_PRUNED, max_epochs // LEAST_SHARE),
            load_if_exists=True,
        )
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise StorageError(
            f"{path}: the study cannot be read or written: {error}; mend that and go on with --resume"
        ) from error
    finally:
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()


def next_trial(study: optuna.Study, base: Mapping[str, Any]) -> optuna.Trial:
    """The trial that was broken off, or a new one; the first one of all has the values of `base`."""
    for broken in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        return optuna.Trial(study, broken._trial_id)
    if not study.get_trials(deepcopy=False):
        study.enqueue_trial(dict(base))
    return study.ask()


def suggest(
    trial: optuna.Trial,
    space: list[Dimension],
    base: Mapping[str, Any],
    recipe: Recipe,
    assignments: list[str],
    seed: int,
) -> dict[str, str]:
    """Setting -> what the trial tries, as `--set` takes it: of those that matter beside the others."""
    chosen: dict[str, str] = {}
    for one in space:
        if trial.number == 0 and one.key not in base:
            continue  # as it was given, which is outside the space
        if not matters(recipe, assignments, chosen, one.key):
            continue
        known_by = f"{seed} {trial.number} {one.key}"
        own_seed = int.from_bytes(hashlib.sha256(known_by.encode()).digest()[:4], "big")
        trial.study.sampler = optuna.samplers.TPESampler(n_startup_trials=FIRST_AT_RANDOM, seed=own_seed)
        chosen[one.key] = one.written(_value(trial, one))
    return chosen


def _value(trial: optuna.Trial, one: Dimension) -> Any:
    if one.choices:
        return trial.suggest_categorical(one.key, one.choices)
    if one.whole:
        return trial.suggest_int(one.key, int(one.low), int(one.high), log=one.logarithmic)
    return trial.suggest_float(one.key, one.low, one.high, log=one.logarithmic)


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that were trained to their end."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def best_number(study: optuna.Study) -> int | None:
    """Of the finished trial with the highest score, the first of equals; None where none is finished."""
    done = finished(study)
    return max(done, key=lambda one: (one.value, -one.number)).number if done else None


def importances(study: optuna.Study, seed: int) -> dict[str, float]:
    """Setting -> its share of how scores differ (Hutter et al. 2014), largest first.

    Over settings that every finished trial has. A trial that has an earlier one's settings counts as well.
    """
    if len({one.value for one in finished(study)}) < ENOUGH:
        return {}
    return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
