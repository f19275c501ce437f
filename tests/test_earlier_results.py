"""A folder that `compare` is called for again: whose it is, what may differ, and what is kept."""

import json
import shutil
from dataclasses import replace

import pytest

from cinefuse import earlier_results
from cinefuse.comparison import compare
from cinefuse.errors import RunError
from cinefuse.reports.reading import read_material
from cinefuse.results import read_comparison, read_examples

NAMES = ("lstm-text", "cnn-vision")


@pytest.fixture(scope="module")
def settings(tiny_settings):
    return {name: tiny_settings(name, "max_epochs=1", "report_to=none") for name in (*NAMES, "late-fusion")}


@pytest.fixture(scope="module")
def both(settings):
    return {name: settings[name] for name in NAMES}


@pytest.fixture(scope="module")
def made(both, tiny_corpus, tmp_path_factory):
    """Read only: two models, the text model with two seeds."""
    directory = tmp_path_factory.mktemp("made") / "runs"
    compare({"lstm-text": both["lstm-text"]}, tiny_corpus, directory, seeds=2)
    compare({"cnn-vision": both["cnn-vision"]}, tiny_corpus, directory, resume=True)
    return directory


@pytest.fixture
def runs(made, tmp_path):
    return shutil.copytree(made, tmp_path / "runs")


def listed(comparison):
    return [(result.model, result.seed) for result in comparison.models]


def contents(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_folder_of_somebody_elses_is_left_alone(both, tiny_corpus, tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "scores.md").write_text("mine")
    for others in (None, "[1, 2]", '{"corpus": "mine"}'):
        if others:
            (tmp_path / "comparison.json").write_text(others)
        before = contents(tmp_path)
        with pytest.raises(RunError, match=r"not empty, and not of a comparison; .*`cinefuse compare` made"):
            compare(both, tiny_corpus, tmp_path, resume=True)
        assert contents(tmp_path) == before


def test_a_runs_own_folder_takes_no_comparison(both, tiny_corpus, runs):
    with pytest.raises(RunError, match="lstm-text: has a run or an ensemble in it; allowed is a new folder"):
        compare(both, tiny_corpus, runs / "lstm-text")


def test_a_comparison_that_cannot_be_read_is_written_anew(both, tiny_corpus, runs, monkeypatch):
    said = []
    monkeypatch.setattr(earlier_results, "say", said.append)
    (runs / "comparison.json").write_text("{")
    again = compare(both, tiny_corpus, runs, resume=True)
    assert listed(again) == [("lstm-text", 42), ("cnn-vision", 42)]
    assert said == [f"{runs}: its comparison.json is none that this version reads; it is written anew"]


def test_a_folder_that_is_empty_may_be_resumed(both, tiny_corpus, tmp_path):
    text = {"lstm-text": both["lstm-text"]}
    assert listed(compare(text, tiny_corpus, tmp_path, resume=True)) == [("lstm-text", 42)]


def test_what_is_not_asked_for_again_is_kept(made, settings, tiny_corpus, runs):
    before = read_comparison(made / "comparison.json")
    assert listed(before) == [("cnn-vision", 42), ("lstm-text", 42), ("lstm-text", 43)]
    again = compare({"late-fusion": settings["late-fusion"]}, tiny_corpus, runs, resume=True)
    assert listed(again) == [("late-fusion", 42), *listed(before)]
    assert again.models[1:] == before.models
    assert read_comparison(runs / "comparison.json") == again
    # films are chosen among all of them, too
    assert sorted(read_examples(runs / "examples.json").compared) == [
        "cnn-vision",
        "late-fusion",
        "lstm-text",
    ]
    assert all(model.scored and model.dev for model in read_material(runs).models)
    # fewer seeds, and another order: this call's come first
    fewer = compare(
        {name: settings[name] for name in ("lstm-text", "late-fusion")}, tiny_corpus, runs, resume=True
    )
    assert listed(fewer) == [("lstm-text", 42), ("late-fusion", 42), ("cnn-vision", 42), ("lstm-text", 43)]


def test_what_is_gone_or_damaged_is_not_kept(both, tiny_corpus, runs):
    shutil.rmtree(runs / "lstm-text@43")
    (runs / "cnn-vision" / "predictions.npz").write_bytes(b"no")
    text = {"lstm-text": both["lstm-text"]}
    again = compare(text, tiny_corpus, runs, resume=True)
    assert listed(again) == [("lstm-text", 42)]
    (failed,) = again.failed
    assert (failed.model, failed.seed) == ("cnn-vision", 42)
    assert failed.error.startswith("cnn-vision/predictions.npz: not predictions that a run writes")
    # it stays named until it is asked for, or its folder is gone
    assert compare(text, tiny_corpus, runs, resume=True).failed == [failed]
    mended = compare({"cnn-vision": both["cnn-vision"]}, tiny_corpus, runs, resume=True)
    assert (listed(mended), mended.failed) == ([("cnn-vision", 42), ("lstm-text", 42)], [])


def test_the_first_seeds_run_does_not_stand_for_another(both, tiny_corpus, runs):
    shutil.rmtree(runs / "lstm-text@43")
    again = compare({"cnn-vision": both["cnn-vision"]}, tiny_corpus, runs, resume=True)
    assert (listed(again), again.failed) == ([("cnn-vision", 42), ("lstm-text", 42)], [])


def test_results_of_another_split_are_not_mixed(both, tiny_corpus, runs):
    before = contents(runs)
    with pytest.raises(
        RunError, match=r"other films; give its model .*another --out:\n  - split: scored on test, now dev"
    ):
        compare({"cnn-vision": both["cnn-vision"]}, tiny_corpus, runs, split="dev", resume=True)
    assert contents(runs) == before
    everything = compare(both, tiny_corpus, runs, seeds=2, split="dev", resume=True)
    assert everything.corpus.split == "dev"
    assert len(everything.models) == 4
    # and what was scored on dev is not taken for test where the comparison still says so
    shutil.copy(runs / "comparison.json", runs / "dev.json")
    (runs / "comparison.json").write_bytes(before[runs / "comparison.json"])
    again = compare({"lstm-text": both["lstm-text"]}, tiny_corpus, runs, resume=True)
    assert listed(again) == [("lstm-text", 42)]
    assert {one.error for one in again.failed} == {
        f"{folder}: its predictions are not of the films of its result; --resume with its model"
        for folder in ("cnn-vision", "lstm-text@43")
    }


def test_results_of_other_films_are_not_mixed(settings, tiny_corpus, runs):
    films = tiny_corpus.split("test")
    other = replace(tiny_corpus, splits={**tiny_corpus.splits, "test": films[::-1]})
    before = contents(runs)
    with pytest.raises(
        RunError, match=r"cnn-vision: its result is of other films; (.*\n)+.*films of split test"
    ):
        compare({"late-fusion": settings["late-fusion"]}, other, runs, resume=True)
    assert contents(runs) == before


def test_a_run_that_was_started_otherwise_stops_all_before_training(both, settings, tiny_corpus, runs):
    wider = both["lstm-text"].model_copy(update={"lstm_width": 3})
    asked = {"late-fusion": settings["late-fusion"], "lstm-text": wider}
    with pytest.raises(RunError, match=r"runs/lstm-text: was started otherwise(.*\n)+.*@43: .*\n.*64, now 3"):
        compare(asked, tiny_corpus, runs, seeds=2, resume=True)
    assert not (runs / "late-fusion").exists()


@pytest.mark.parametrize("file", ["bundle.json", "run.json", "model.safetensors"])
def test_a_damaged_run_does_not_lose_the_others(file, both, tiny_corpus, runs):
    (runs / "lstm-text" / file).write_bytes(b"[")
    again = compare(both, tiny_corpus, runs, resume=True)
    assert listed(again) == [("cnn-vision", 42), ("lstm-text", 43)]
    (failed,) = again.failed
    assert (failed.model, failed.seed) == ("lstm-text", 42)
    assert failed.error.startswith("lstm-text")
    assert str(runs) not in (runs / "comparison.json").read_text()
    assert json.loads((runs / "comparison.json").read_text())["failed"] == [failed.model_dump()]
