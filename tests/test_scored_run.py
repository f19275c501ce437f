"""What one scored run leaves: the same files, byte for byte, for the same seed."""

import json

import numpy as np
import pytest

from cinefuse.inference import Predictor
from cinefuse.results import Result, read_predictions, read_weights
from cinefuse.scored_run import train_and_score


@pytest.fixture(scope="module")
def twice(tiny_corpus, tiny_settings, tmp_path_factory):
    """Two runs of the LSTM with the same seed, and their results."""
    made = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp("scored") / "lstm-text"
        settings = tiny_settings("lstm-text", "report_to=none")
        result = train_and_score("lstm-text", settings, tiny_corpus, folder, split="test", resume=False)
        made.append((folder, result))
    return made


def test_the_same_seed_leaves_the_same_files(twice):
    (one, _), (other, _) = twice
    files = {path.name for path in one.iterdir()}
    assert files >= {"predictions.npz", "dev.npz", "weights.json", "test.json", "bundle.json", "history.json"}
    assert {path.name for path in other.iterdir()} == files
    for name in files - {"bundle.json", "test.json", "history.json"}:  # these tell seconds
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    for name in ("bundle.json", "test.json"):
        first, second = (json.loads((folder / name).read_text()) for folder in (one, other))
        del first["seconds"], second["seconds"]
        assert first == second


def test_the_files_are_of_this_run(twice, tiny_corpus):
    folder, result = twice[0]
    assert Result.model_validate_json((folder / "test.json").read_bytes()) == result
    predictor = Predictor.load(folder)
    for split, name in (("test", "predictions.npz"), ("dev", "dev.npz")):
        movies, stored = tiny_corpus.split(split), read_predictions(folder / name)
        assert stored.ids.tolist() == [movie.id for movie in movies]
        np.testing.assert_allclose(
            stored.probabilities, predictor.score(predictor.features(movies)), atol=1e-6
        )
        assert stored.thresholds.tolist() == list(predictor.bundle.record.thresholds)
    weights = read_weights(folder / "weights.json")
    assert weights.split == "test"
    assert weights.weights["text.word_attention"].films == 14


def test_a_finished_run_is_scored_again_on_another_split(twice, tiny_corpus, tiny_settings):
    folder, before = twice[1]
    settings = tiny_settings("lstm-text", "report_to=none")
    trained = (folder / "model.safetensors").stat().st_mtime_ns
    result = train_and_score("lstm-text", settings, tiny_corpus, folder, split="dev", resume=True)
    assert (folder / "model.safetensors").stat().st_mtime_ns == trained
    assert (result.corpus.split, before.corpus.split) == ("dev", "test")
    assert (folder / "predictions.npz").read_bytes() == (folder / "dev.npz").read_bytes()
    assert read_weights(folder / "weights.json").split == "dev"
    assert (folder / "test.json").exists()


def test_calibration_is_fitted_where_it_is_asked_for(tiny_corpus, tiny_settings, tmp_path):
    found = {}
    for rule in ("platt", "temperature", "none"):
        settings = tiny_settings("cnn-vision", "max_epochs=1", f"calibration={rule}")
        train_and_score("cnn-vision", settings, tiny_corpus, tmp_path / rule, split="test", resume=False)
        found[rule] = Predictor.load(tmp_path / rule).bundle.record.calibration
    assert found["none"] is None
    assert found["platt"].rule == "platt"
    assert len(set(found["platt"].slopes)) > 1
    assert len(set(found["temperature"].slopes)) == 1
    assert set(found["temperature"].intercepts) == {0.0}
    # nothing else knows of it
    scores = [json.loads((tmp_path / rule / "test.json").read_text())["metrics"] for rule in found]
    assert scores[0] == scores[1] == scores[2]
