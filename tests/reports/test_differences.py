"""Paired differences from stored predictions, and why there may be none."""

import numpy as np
import pytest

from cinefuse.errors import RunError
from cinefuse.metrics.uncertainty import Predictions, permutation_test
from cinefuse.reports.differences import paired_differences, read_predictions
from cinefuse.reports.summary import summarise
from cinefuse.results import Comparison


def found(directory, comparison):
    return paired_differences(directory, summarise(comparison))


def test_the_two_questions_are_answered(directory, invented):
    comparison, predictions = invented
    pairs = found(directory, comparison).pairs
    ranked = [summary.model for summary in summarise(comparison)]
    best_single = next(model for model in ranked if not model.endswith("-fusion"))
    best_fusion = next(model for model in ranked if model.endswith("-fusion"))
    assert (pairs[0].first, pairs[0].second) == (best_fusion, best_single)
    assert (pairs[1].first, pairs[1].second) == (ranked[0], ranked[1])
    macro_f1 = {result.model: result.metrics["f1_macro"] for result in comparison.models}
    for pair in pairs:
        assert pair.difference == pytest.approx(macro_f1[pair.first] - macro_f1[pair.second])
        assert pair.low < pair.difference < pair.high
        assert pair.distinguishable == (pair.p < 0.05)
    models = [Predictions(predictions[m]["probabilities"], predictions[m]["thresholds"]) for m in ranked[:2]]
    assert pairs[1].p == permutation_test(*models, predictions[ranked[0]]["targets"]).p


def test_a_clear_difference_is_told_from_an_unclear_one(directory, comparison):
    fusion_over_text, first_over_second = found(directory, comparison).pairs
    assert fusion_over_text.distinguishable
    assert not first_over_second.distinguishable


def test_one_question_is_not_asked_twice(directory, comparison):
    two = [result for result in comparison.models if result.model in {"bert-text", "late-fusion"}]
    pairs = found(directory, Comparison(corpus=comparison.corpus, models=two)).pairs
    assert [pair.question for pair in pairs] == ["best fusion against best single modality"]


def test_several_seeds_are_compared_at_their_first(directory_of_three_seeds, three_seeds):
    comparison = three_seeds[0]
    pair = found(directory_of_three_seeds, comparison).pairs[0]
    first_seed = {result.model: result for result in comparison.models if result.seed == 1}
    expected = [first_seed[model].metrics["f1_macro"] for model in (pair.first, pair.second)]
    assert pair.difference == pytest.approx(expected[0] - expected[1])


def change(directory, **arrays):
    path = directory / "bert-text" / "predictions.npz"
    with np.load(path) as stored:
        np.savez(path, **(dict(stored) | arrays))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda d: (d / "bert-text" / "predictions.npz").unlink(), "no such file"),
        (lambda d: (d / "bert-text" / "predictions.npz").write_bytes(b"PK\3\4 cut off"), "not predictions"),
        (lambda d: (d / "bert-text" / "predictions.npz").write_bytes(b""), "not predictions"),
        (lambda d: np.savez(d / "bert-text" / "predictions.npz", ids=[1]), "not predictions"),
        (lambda d: change(d, ids=np.array(["x"] * 400)), "differ in their ids"),
        (lambda d: change(d, thresholds=np.full(21, 0.5)), "not of the same run"),
        (lambda d: change(d, probabilities=np.full((400, 21), 3.0)), "cannot be scored"),
    ],
)
def test_predictions_that_do_not_serve_are_named_and_nothing_is_claimed(
    directory, comparison, damage, reason
):
    damage(directory)
    differences = found(directory, comparison)
    assert differences.pairs == ()
    assert "bert-text" in differences.missing
    assert reason in differences.missing


def test_one_model_alone_has_nothing_to_be_compared_with(directory, comparison):
    alone = Comparison(corpus=comparison.corpus, models=comparison.models[:1])
    assert "not two models" in found(directory, alone).missing


def test_a_pickle_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    path = tmp_path / "predictions.npz"
    names = ("ids", "genres", "probabilities", "targets", "thresholds")
    np.savez(path, **{name: np.array([Trap()], dtype=object) for name in names})
    with pytest.raises(RunError, match="not predictions"):
        read_predictions(path)
