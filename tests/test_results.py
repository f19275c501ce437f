"""Records: JSON there and back, whole or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cinefuse.errors import RunError, StorageError
from cinefuse.metrics.weighted import METRIC_NAMES
from cinefuse.results import (
    METRICS,
    Comparison,
    Result,
    StoredPredictions,
    read_comparison,
    read_predictions,
    write_predictions,
    write_record,
)
from cinefuse.results.comparison import folder_of, without_folder

CORPUS = {
    "name": "invented",
    "split": "test",
    "movies": 12,
    "genres": ["Drama", "War"],
    "plot_rule": "longest",
    "split_rule": "the corpus' own",
    "skipped": {"poster unreadable": 1},
}
GENRE = {"f1": 0.5, "precision": 0.4, "recall": 0.7, "roc_auc": 0.8, "average_precision": 0.6}
RESULT = {
    "model": "bert-text",
    "corpus": CORPUS,
    "threshold": {"rule": "global", "value": 0.3},
    "metrics": dict.fromkeys(METRICS, 0.5) | {"roc_auc_macro": None},
    "intervals": {"f1_macro": [0.4, 0.6]},
    "per_genre": {
        "Drama": {**GENRE, "support": 9, "threshold": 0.3},
        "War": {**dict.fromkeys(GENRE), "support": 0, "threshold": 0.3},
    },
    "undefined": ["War"],
    "parameters": {"backbone": 66, "head": 2, "total": 68, "trainable": 68},
    "seconds": {"train": None, "evaluate": 1.5},
    "seed": 42,
}


@pytest.fixture
def comparison():
    return Comparison.model_validate({"corpus": CORPUS, "models": [RESULT]})


def test_a_comparison_comes_back_as_it_was_written(comparison, tmp_path):
    write_record(comparison, tmp_path / "comparison.json")
    assert read_comparison(tmp_path / "comparison.json") == comparison
    assert [path.name for path in tmp_path.iterdir()] == ["comparison.json"], "no partial file stays"


def test_the_json_is_the_contracts(comparison, tmp_path):
    write_record(comparison, tmp_path / "comparison.json")
    written = json.loads((tmp_path / "comparison.json").read_text())
    assert written == {"corpus": CORPUS, "models": [RESULT | {"conditions": {}, "people": {}}], "failed": []}


def test_the_metrics_are_those_that_are_computed():
    assert tuple(METRICS) == METRIC_NAMES


def test_what_is_not_a_number_is_written_as_null(tmp_path):
    result = Result.model_validate(RESULT | {"metrics": {"f1_macro": float("nan")}})
    write_record(result, tmp_path / "result.json")
    assert json.loads((tmp_path / "result.json").read_text())["metrics"] == {"f1_macro": None}


def test_a_missing_comparison_says_which_command_writes_it(tmp_path):
    with pytest.raises(RunError, match=r"comparison\.json: no such file; `cinefuse compare"):
        read_comparison(tmp_path / "comparison.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a comparison"),
        ("[]", "not a comparison"),
        (json.dumps({"corpus": CORPUS}), "models\n"),
        (json.dumps({"corpus": CORPUS, "models": [], "made_by": "us"}), "made_by\n"),
        (json.dumps({"corpus": CORPUS, "models": [RESULT | {"seed": "x"}]}), r"models\.0\.seed\n"),
    ],
)
def test_what_is_no_comparison_is_refused_by_name(text, message, tmp_path):
    path = tmp_path / "comparison.json"
    path.write_text(text)
    with pytest.raises(RunError, match=message) as caught:
        read_comparison(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_comparison(tmp_path):
    with pytest.raises(RunError, match="cannot be read"):
        read_comparison(tmp_path)


def test_a_disk_that_says_no_loses_nothing(comparison, tmp_path, monkeypatch):
    path = tmp_path / "comparison.json"
    write_record(comparison, path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_record(comparison, path)
    assert read_comparison(path) == comparison


def test_records_cannot_be_changed(comparison):
    with pytest.raises(ValueError, match="frozen"):
        comparison.models = []


@pytest.fixture
def predictions():
    random = np.random.default_rng(0)
    return StoredPredictions(
        ids=np.array([f"film{number}" for number in range(9)]),
        genres=np.array(["Drama", "War"]),
        probabilities=random.random((9, 2)).astype(np.float32),
        targets=random.random((9, 2)) < 0.5,
        thresholds=np.array([0.3, 0.4]),
    )


def test_predictions_come_back_as_they_were_written(predictions, tmp_path):
    write_predictions(predictions, tmp_path / "predictions.npz")
    found = read_predictions(tmp_path / "predictions.npz")
    for name, values in vars(predictions).items():
        np.testing.assert_array_equal(getattr(found, name), values)


def test_a_flipped_byte_anywhere_is_no_traceback(predictions, tmp_path):
    """Of the bytes that do not matter (times, offsets that nobody reads) the predictions come back whole."""
    path = tmp_path / "predictions.npz"
    write_predictions(predictions, path)
    whole, refused = path.read_bytes(), []
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            found = read_predictions(path)
        except RunError as error:
            refused.append(str(error))
        else:
            np.testing.assert_array_equal(found.probabilities, predictions.probabilities)
    assert all("not predictions that a run writes: " in why for why in refused)
    assert len(refused) > len(whole) / 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ids": np.array(["a"])}, r"probabilities has shape \(9, 2\) of float32; targets has shape"),
        ({"genres": np.array([1, 2])}, r"genres has shape \(2,\) of int64"),
        ({"targets": np.ones((9, 2))}, r"targets has shape \(9, 2\) of float64"),
        ({"thresholds": np.array(0.5)}, r"thresholds has shape \(\) of float64"),
        ({"probabilities": np.array(["x"])}, "probabilities has shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(predictions, changed, said, tmp_path):
    write_predictions(replace(predictions, **changed), tmp_path / "predictions.npz")
    with pytest.raises(RunError, match=said):
        read_predictions(tmp_path / "predictions.npz")


def test_the_first_seeds_run_has_the_models_name_alone(tmp_path):
    (tmp_path / "bert-text@43").mkdir()
    assert folder_of(tmp_path, "bert-text", 43).name == "bert-text@43"
    assert folder_of(tmp_path, "bert-text", 42).name == "bert-text"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("runs/bert-text: damaged", "bert-text: damaged"),
        ("'HERE/runs/bert-text/x' and HERE/runs/y", "'bert-text/x' and y"),
        ("my-runs/bert-text: another folder", "my-runs/bert-text: another folder"),
        ("/elsewhere/runs/bert-text: another", "/elsewhere/runs/bert-text: another"),
    ],
)
def test_the_folder_is_not_told(text, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert without_folder(text.replace("HERE", str(tmp_path)), Path("runs")) == told
