"""Tells a trial every epoch's dev score, and ends a training that is worse than others were by then."""

from typing import Any

from optuna import Trial, TrialPruned
from transformers import TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import TrainerCallback

SECONDS = "seconds"  # of the trial's epochs, by number


class Reporting(TrainerCallback):
    """Reports to `trial`.

    Args:
        metric: the dev score, as the settings' `select_by` names it.
    """

    def __init__(self, trial: Trial, metric: str) -> None:
        self._trial, self._metric = trial, metric

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Raises Optuna's TrialPruned where the pruner says so.

        An epoch that is trained again, for a kill came between its score and its checkpoint, has the same
        score again: it is reported once.
        """
        del args, control
        assert metrics is not None, "the trainer gives the scores that it has just measured"
        epoch = round(state.epoch or 0)
        told = self._trial.study.get_trials(deepcopy=False)[self._trial.number]
        if epoch not in told.intermediate_values:
            took = {**told.user_attrs.get(SECONDS, {}), str(epoch): metrics["eval_seconds"]}
            self._trial.set_user_attr(SECONDS, took)
            self._trial.report(metrics[f"eval_{self._metric}"], epoch)
        if self._trial.should_prune():
            raise TrialPruned
