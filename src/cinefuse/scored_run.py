"""One model from training to its files: what `compare`, and whatever else measures models, leaves of each.

RUN/, beside what the run itself is (see `bundle`):
  <split>.json        every metric, with its interval
  predictions.npz     what every film of the split was given
  dev.npz             likewise for the dev split, where the corpus has one
  weights.json        what the model weighed, summed up over the split
"""

from pathlib import Path

from cinefuse import processes
from cinefuse.corpus.record import Corpus
from cinefuse.ensembles.opening import open_trained
from cinefuse.ensembles.predictor import EnsemblePredictor
from cinefuse.evaluation import WeightSummary, evaluate, score_split
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.progress import say
from cinefuse.recipes import Settings
from cinefuse.reports.ensemble_table import voice_weights
from cinefuse.results import Result, RunWeights, Trained, write_predictions, write_record


def train_and_score(
    name: str, settings: Settings, corpus: Corpus, folder: Path, *, split: str, resume: bool
) -> Result:
    """Trains the model in `folder`, scores it on `split` and on dev, and leaves all that a report draws.

    Of several processes the first one scores.

    Args:
        resume: a run that is finished is not trained again; it is scored again, for that is quick.

    Raises:
        CinefuseError: as `experiment.run` and `evaluate` do.
    """
    run(name, settings, corpus, folder, resume=resume)
    return processes.by_first(lambda: score_run(name, corpus, folder, split))


def score_run(name: str, corpus: Corpus, folder: Path, split: str) -> Result:
    """Scores the run, or the ensemble, in `folder`, and leaves there all that a report draws.

    Of an ensemble the weights are its members': what each of those weighs by itself is not told.

    Raises:
        CinefuseError: as `evaluate` does.
    """
    predictor = open_trained(folder)
    watch = None
    if isinstance(predictor, Predictor):
        watch = WeightSummary(predictor.genres, predictor.bundle.tokenizer)
    evaluation = evaluate(predictor, corpus, split, watch=watch)
    if "dev" in corpus.splits:
        on_dev = evaluation.predictions
        if split != "dev":
            on_dev = score_split(predictor, corpus, "dev").predictions
        write_predictions(on_dev, folder / "dev.npz")
    evaluation.save_predictions(folder / "predictions.npz")
    if isinstance(predictor, EnsemblePredictor):
        members = Trained(by="member", values=voice_weights(predictor.record))
        weights = RunWeights(split=split, weights={"members": members})
    else:
        assert watch is not None, "whatever is no ensemble is watched"
        weights = watch.record(split)
    write_record(weights, folder / "weights.json")
    write_record(evaluation.result, folder / f"{split}.json")
    scores, low_high = evaluation.result.metrics, evaluation.result.intervals.get("f1_macro")
    interval = f" ({low_high[0]:.4f} to {low_high[1]:.4f})" if low_high else ""
    macro_f1 = "undefined" if scores["f1_macro"] is None else f"{scores['f1_macro']:.4f}"
    say(f"{name:<17} {split} macro F1 {macro_f1}{interval}")
    return evaluation.result
