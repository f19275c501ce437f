"""Ensembles: made of runs, opened and asked like one, and refused where they would mislead."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import expit, logit

from cinefuse import open_predictor
from cinefuse.combination import ensemble
from cinefuse.corpus.movie import Movie
from cinefuse.ensembles.members import digest_of
from cinefuse.ensembles.opening import open_trained
from cinefuse.ensembles.predictor import EnsemblePredictor
from cinefuse.ensembles.record import EnsembleRecord, read_ensemble_record
from cinefuse.errors import CorpusError, RunError, UserError
from cinefuse.evaluation import evaluate
from cinefuse.explanation import explain
from cinefuse.inference import Predictor
from cinefuse.metrics.thresholds import PerGenreThreshold
from cinefuse.results import read_predictions
from cinefuse.training.settings import DecisionSettings


@pytest.fixture(scope="module")
def opened(combined):
    return open_trained(combined, torch.device("cpu"))


@pytest.fixture(scope="module")
def record(combined):
    return read_ensemble_record(combined)


@pytest.fixture(scope="module")
def forced(three_runs, tiny_corpus, combined, record):
    """The same members with weights that are known, whatever was learned: 0.5, 0.2 and 0.3."""
    weights = (0.5, 0.2, 0.3)
    own = record.model_copy(
        update={
            "members": tuple(
                one.model_copy(update={"weight": weight, "folder": "anywhere"})
                for one, weight in zip(record.members, weights, strict=True)
            ),
            "blend": "log-odds",
        }
    )
    return EnsemblePredictor(own, [Predictor.load(one, torch.device("cpu")) for one in three_runs])


def test_it_is_what_was_learned_from_dev(combined, record, tiny_corpus, three_runs):
    assert record.genres == tiny_corpus.genres
    assert sum(one.weight for one in record.members) == pytest.approx(1)
    assert [one.model for one in record.members] == ["lstm-text", "cnn-vision", "late-fusion"]
    assert [one.digest for one in record.members] == [digest_of(one) for one in three_runs]
    assert {path.name for path in (combined / "members").iterdir()} == {name for name, _ in record.kept}
    kept = [Predictor.load(combined / "members" / name) for name, _ in record.kept]
    assert record.parameters.total == sum(one.record.parameters.total for one in kept)
    assert record.threshold.rule == "per-genre"
    assert record.trained_on["movies"] == 36


def test_scores_tell_how_optimistic_they_are(record):
    for one in (record.worth, record.equal_weights, *(member.worth for member in record.members)):
        for scores in (one.in_sample, one.held_out):
            assert 0 <= scores.f1_macro <= 1
            assert 0 <= scores.average_precision_macro <= 1
    # a member by itself has nothing fitted to dev that would rank films
    for member in record.members:
        assert member.worth.in_sample.average_precision_macro == pytest.approx(
            member.worth.held_out.average_precision_macro
        )


def test_a_film_is_told_by_the_weighted_mean_of_calibrated_log_odds(forced, tiny_corpus, three_runs):
    whole = list(tiny_corpus.split("test"))[:-2]
    told = [Predictor.load(one, torch.device("cpu")).probabilities(whole) for one in three_runs]
    expected = expit(sum(w * logit(one) for w, one in zip((0.5, 0.2, 0.3), told, strict=True)))
    np.testing.assert_allclose(forced.score(forced.features(whole)), expected, atol=1e-5)


def test_a_film_that_lacks_a_part_is_told_by_those_who_read_the_other(forced, tiny_corpus, three_runs):
    posterless = [Movie(one.id, one.plot) for one in tiny_corpus.split("test")[:5]]
    told = [Predictor.load(three_runs[one], torch.device("cpu")).probabilities(posterless) for one in (0, 2)]
    blended = expit((0.5 * logit(told[0]) + 0.3 * logit(told[1])) / 0.8)
    shifts = np.array(forced.record.without["poster"].shifts)
    expected = expit(logit(blended) + shifts)
    np.testing.assert_allclose(forced.score(forced.features(posterless)), expected, atol=1e-5)
    # hidden from films that have it is the same as lacking
    whole = forced.features(tiny_corpus.split("test")[:5])
    (hidden,) = forced.score_conditions(whole, [("vision",)])
    np.testing.assert_allclose(hidden, expected, atol=1e-5)
    assert [one.lacking for one in forced.predict(posterless)] == [("poster",)] * 5


def test_members_that_read_alike_read_a_film_once(three_runs, tiny_run, tiny_corpus, record):
    late = Predictor.load(tiny_run, torch.device("cpu"))
    twice = record.model_copy(
        update={
            "members": tuple(
                one.model_copy(update={"folder": "x", "weight": 0.5}) for one in record.members[:2]
            )
        }
    )
    alike = EnsemblePredictor(twice, [late, Predictor.load(tiny_run, torch.device("cpu"))])
    table = alike.features(tiny_corpus.split("test")[:3])
    assert table.tables[0] is table.tables[1]
    unlike = EnsemblePredictor(twice, [late, Predictor.load(three_runs[0], torch.device("cpu"))])
    table = unlike.features(tiny_corpus.split("test")[:3])
    assert table.tables[0] is not table.tables[1]


def test_it_is_evaluated_like_a_run(opened, combined, tiny_corpus, record):
    evaluation = evaluate(opened, tiny_corpus, "dev")
    assert evaluation.result.model == "ensemble"
    assert evaluation.result.parameters == record.parameters
    stored = read_predictions(combined / "dev.npz")
    np.testing.assert_allclose(stored.probabilities, evaluation.probabilities, atol=1e-6)
    assert stored.thresholds.tolist() == evaluation.thresholds.tolist()
    assert stored.ids.tolist() == evaluation.ids
    if len(opened.reads) == 2:
        assert set(evaluation.result.conditions) == {"plot_only", "poster_only"}


def test_thresholds_and_calibration_are_of_the_blend(opened, tiny_corpus, record):
    whole = list(tiny_corpus.split("dev"))[:-2]
    table = opened.features(whole)
    scores = opened.score(table)
    again = PerGenreThreshold().fit(scores, table.genres.numpy())
    assert record.thresholds == pytest.approx(again.thresholds_.tolist())
    assert record.calibration.rule == "platt"
    told = opened.probabilities(whole)
    for prediction, row in zip(opened.predict(whole), told, strict=True):
        given = {
            genre
            for genre, one, limit in zip(opened.genres, row, opened.thresholds, strict=True)
            if one >= limit
        }
        assert set(prediction.genres) == given


def test_the_one_door_opens_it_and_its_doors_are_told_apart(combined, tiny_run):
    assert isinstance(open_predictor(combined), EnsemblePredictor)
    assert type(open_trained(tiny_run)) is Predictor
    assert repr(open_predictor(combined)).startswith("<EnsemblePredictor: ensemble, 3 genres, reads ")
    with pytest.raises(RunError, match="an ensemble, which torch alone runs"):
        open_predictor(combined, "onnx")
    with pytest.raises(RunError, match=r"an ensemble, and this needs one run: give one of .*members"):
        Predictor.load(combined)


def test_it_cannot_be_explained_and_says_so(opened, tiny_corpus):
    with pytest.raises(UserError, match="EnsemblePredictor cannot be explained"):
        explain(opened, tiny_corpus.split("test")[0])


def test_the_same_runs_give_the_same_ensemble(three_runs, tiny_corpus, tmp_path, record):
    again = ensemble(three_runs, tiny_corpus, tmp_path / "again")
    told, before = (json.loads(one.model_dump_json()) for one in (again, record))
    for one in (*told["members"], *before["members"]):
        del one["origin"]
    assert told == before


def test_what_a_run_left_beside_itself_is_not_copied(three_runs, tiny_corpus, tmp_path):
    copies = [shutil.copytree(one, tmp_path / one.name) for one in three_runs]
    (copies[0] / "dev.npz").write_bytes(b"predictions")
    assert digest_of(copies[0]) == digest_of(three_runs[0])
    made = ensemble(copies, tiny_corpus, tmp_path / "made", DecisionSettings(threshold="global"))
    assert made.threshold.value == made.thresholds[0]
    names = {path.name for path in (tmp_path / "made" / "members").rglob("*") if path.is_file()}
    assert names <= {"bundle.json", "model.safetensors", "tokenizer.json", "run.json"}


def test_fewer_than_two_runs_and_the_same_one_twice_are_refused(three_runs, tiny_corpus, tmp_path):
    with pytest.raises(RunError, match="1 run to combine; allowed are two or more"):
        ensemble(three_runs[:1], tiny_corpus, tmp_path / "out")
    copy = shutil.copytree(three_runs[0], tmp_path / "copy")
    with pytest.raises(RunError, match=r"copy: the same run as .*lstm-text; each run is given once"):
        ensemble([three_runs[0], copy], tiny_corpus, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_runs_of_other_genres_or_order_are_refused(three_runs, tiny_corpus, tmp_path):
    turned = replace(tiny_corpus, genres=tiny_corpus.genres[::-1])
    with pytest.raises(RunError, match="allowed are runs of the same genres in the same order"):
        ensemble(three_runs, turned, tmp_path / "out")


def test_runs_that_have_seen_other_films_are_refused(three_runs, tiny_corpus, tmp_path):
    """A corpus whose dev split they were trained on would weigh them by what they know by heart."""
    splits = dict(tiny_corpus.splits)
    splits["train"], splits["dev"] = splits["dev"], splits["train"]
    with pytest.raises(RunError, match=r"lstm-text: was trained on other films.*\n.*films of split train"):
        ensemble(three_runs, replace(tiny_corpus, splits=splits), tmp_path / "out")
    old = shutil.copytree(three_runs[0], tmp_path / "old")
    started = json.loads((old / "run.json").read_text())
    del started["corpus"]["films"]
    (old / "run.json").write_text(json.dumps(started))
    with pytest.raises(RunError, match="kept no digest of them; train it again"):
        ensemble([old, three_runs[1]], tiny_corpus, tmp_path / "out")


def test_a_corpus_without_dev_and_a_folder_that_is_taken_are_refused(three_runs, tiny_corpus, tmp_path):
    bare = replace(
        tiny_corpus, splits={name: one for name, one in tiny_corpus.splits.items() if name != "dev"}
    )
    with pytest.raises(CorpusError, match="no split 'dev'"):
        ensemble(three_runs, bare, tmp_path / "out")
    genreless = [replace(movie, genres=()) for movie in tiny_corpus.split("dev")]
    with pytest.raises(CorpusError, match="fewer than two films with a genre"):
        ensemble(
            three_runs,
            replace(tiny_corpus, splits={**tiny_corpus.splits, "dev": genreless}),
            tmp_path / "out",
        )
    with pytest.raises(RunError, match="not a finished run"):
        ensemble([three_runs[0], tmp_path / "nothing"], tiny_corpus, tmp_path / "out")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").write_text("")
    with pytest.raises(RunError, match="exists and is not empty; allowed is a new folder"):
        ensemble(three_runs, tiny_corpus, tmp_path / "taken")


def test_a_damaged_ensemble_is_refused(combined, tmp_path):
    for name, damage, told in (
        ("ensemble.json", "{}", "not an ensemble that cinefuse"),
        ("members", None, "not a finished run"),
    ):
        copy = shutil.copytree(combined, tmp_path / name)
        if damage is None:
            shutil.rmtree(copy / name)
        else:
            (copy / name).write_text(damage)
        with pytest.raises(RunError, match=told):
            open_trained(copy)


def test_a_record_whose_weights_say_nothing_is_refused(record):
    nothing = record.model_dump(mode="json")
    for one in nothing["members"]:
        one.update(weight=0.0, folder=None)
    with pytest.raises(ValueError, match="one at least must weigh something"):
        EnsembleRecord.model_validate_json(json.dumps(nothing))
