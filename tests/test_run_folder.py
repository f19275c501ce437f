"""The folder of a run: taken, free, or gone on with."""

import json
from dataclasses import replace

import pytest

from cinefuse.comparison import compare
from cinefuse.errors import EncoderError, RunError
from cinefuse.experiment import run
from cinefuse.run_folder import corpus_differences, corpus_identity, idle_names, is_taken, relevant_settings


def test_a_folder_with_a_run_that_never_began_is_free(tmp_path):
    assert not is_taken(tmp_path / "none")
    assert not is_taken(tmp_path)
    (tmp_path / "run.json").touch()
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "events.out.tfevents.1.0").touch()
    assert not is_taken(tmp_path)
    (tmp_path / "checkpoints" / "checkpoint-5").mkdir()
    assert is_taken(tmp_path)
    (tmp_path / "file").touch()
    assert is_taken(tmp_path / "file")


def test_after_a_failed_start_the_corrected_command_works(tiny_corpus, tiny_settings, tmp_path):
    wrong = tiny_settings("bert-text", "text_encoder=/nowhere")
    with pytest.raises(EncoderError, match="/nowhere"):
        run("bert-text", wrong, tiny_corpus, tmp_path / "run")
    run("bert-text", tiny_settings("bert-text", "max_epochs=1"), tiny_corpus, tmp_path / "run")


def test_settings_that_change_nothing_may_differ(tiny_corpus, tiny_settings, tmp_path):
    settings = tiny_settings("lstm-text", "max_epochs=1")
    assert {"vision_encoder", "flip", "alpha"} <= idle_names(settings)
    assert "lstm_width" not in idle_names(settings)
    run("lstm-text", settings, tiny_corpus, tmp_path / "lstm-text")
    # as `compare` composes it, with settings that concern other models of the comparison
    together = settings.model_copy(update={"vision_encoder": "elsewhere", "flip": 0.0})
    comparison = compare({"lstm-text": together}, tiny_corpus, tmp_path, resume=True)
    assert [result.model for result in comparison.models] == ["lstm-text"]
    wider = settings.model_copy(update={"lstm_width": 3})
    with pytest.raises(RunError, match=r"settings\.lstm_width: started with 64, now 3"):
        run("lstm-text", wider, tiny_corpus, tmp_path / "lstm-text", resume=True)


def test_a_teacher_that_became_another_makes_another_run(tiny_settings, tmp_path):
    teacher = tmp_path / "teacher"
    settings = tiny_settings("lstm-text", f"teacher={teacher}")
    with pytest.raises(RunError, match="teacher: there is no such folder"):
        relevant_settings(settings)
    teacher.mkdir()
    (teacher / "model.safetensors").write_bytes(b"as it was")
    before = relevant_settings(settings)
    assert relevant_settings(settings) == before
    (teacher / "model.safetensors").write_bytes(b"another")
    assert relevant_settings(settings)["teacher"] != before["teacher"]


def test_a_run_is_the_same_however_it_is_watched(tiny_corpus, tiny_settings, tmp_path):
    run("cnn-vision", tiny_settings("cnn-vision", "max_epochs=1", "report_to=none"), tiny_corpus, tmp_path)
    assert not (tmp_path / "events").exists()
    before = (tmp_path / "bundle.json").stat().st_mtime_ns
    watched = tiny_settings("cnn-vision", "max_epochs=1")
    assert watched.report_to == "tensorboard"
    assert run("cnn-vision", watched, tiny_corpus, tmp_path, resume=True).seed == 42
    assert (tmp_path / "bundle.json").stat().st_mtime_ns == before


def test_settings_that_came_later_count_as_their_defaults(tiny_corpus, tiny_settings, tmp_path):
    settings = tiny_settings("cnn-vision", "max_epochs=1")
    run("cnn-vision", settings, tiny_corpus, tmp_path)
    identity = json.loads((tmp_path / "run.json").read_text())
    # as an earlier version wrote it, that knew of no such thing
    del identity["settings"]["gradient_norm"]
    (tmp_path / "run.json").write_text(json.dumps(identity))
    run("cnn-vision", settings, tiny_corpus, tmp_path, resume=True)
    other = settings.model_copy(update={"gradient_norm": 0.5})
    with pytest.raises(RunError, match=r"settings\.gradient_norm: started with 1\.0, now 0\.5"):
        run("cnn-vision", other, tiny_corpus, tmp_path, resume=True)


def test_another_corpus_is_named(tiny_corpus, tiny_settings, tmp_path):
    settings = tiny_settings("lstm-text", "max_epochs=1")
    run("lstm-text", settings, tiny_corpus, tmp_path / "run")
    identity = json.loads((tmp_path / "run" / "run.json").read_text())
    identity["corpus"]["name"] = "another"
    (tmp_path / "run" / "run.json").write_text(json.dumps(identity))
    with pytest.raises(RunError, match=r"corpus\.name: started with another, now tiny"):
        run("lstm-text", settings, tiny_corpus, tmp_path / "run", resume=True)


def with_films(corpus, **splits):
    return replace(corpus, splits={**corpus.splits, **splits})


CHANGES = {
    "id": lambda films: [replace(films[0], id="another"), *films[1:]],
    "plot": lambda films: [replace(films[0], plot="mended"), *films[1:]],
    "no plot": lambda films: [replace(films[0], plot=None), *films[1:]],
    "genres": lambda films: [replace(films[0], genres=()), *films[1:]],
    "poster": lambda films: [replace(films[0], poster=None), *films[1:]],
    "order": lambda films: films[::-1],
}


@pytest.mark.parametrize("split", ["train", "dev", "test"])
@pytest.mark.parametrize("change", list(CHANGES))
def test_other_films_are_another_corpus(tiny_corpus, change, split):
    changed = with_films(tiny_corpus, **{split: CHANGES[change](tiny_corpus.split(split))})
    before = corpus_identity(tiny_corpus)
    (line,) = corpus_differences(before, changed)
    assert line == (
        f"corpus.films: the films of split {split} are others, or their order, plots, genres or posters"
    )
    assert corpus_differences(before, with_films(tiny_corpus, test=list(tiny_corpus.split("test")))) == []
    # as an earlier version wrote it, that knew of no digests
    del before["films"]
    assert corpus_differences(before, changed) == []


def test_no_poster_is_read_for_it(tiny_corpus):
    class Unread:
        def pixels(self, longest_side=None):
            raise AssertionError

    films = [replace(movie, poster=Unread()) for movie in tiny_corpus.split("test")]
    assert len(corpus_identity(with_films(tiny_corpus, test=films))["films"]["test"]) == 32


def test_old_weights_are_not_taken_for_new_films(tiny_corpus, tiny_settings, tmp_path):
    settings = tiny_settings("lstm-text", "max_epochs=1")
    run("lstm-text", settings, tiny_corpus, tmp_path)
    mended = with_films(tiny_corpus, train=CHANGES["plot"](tiny_corpus.split("train")))
    with pytest.raises(
        RunError, match=r"was started otherwise; .*another --out:\n.*films of split train are"
    ):
        run("lstm-text", settings, mended, tmp_path, resume=True)
    identity = json.loads((tmp_path / "run.json").read_text())
    del identity["corpus"]["films"]
    (tmp_path / "run.json").write_text(json.dumps(identity))
    assert run("lstm-text", settings, mended, tmp_path, resume=True).seed == 42


@pytest.mark.parametrize("text", ["[]", "{", '{"recipe": "lstm-text"}', '{"settings": 3}', None])
def test_a_damaged_identity_is_refused(text, tiny_corpus, tiny_settings, tmp_path):
    (tmp_path / "bundle.json").touch()
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"not a run: its run\.json cannot be read \(.+\); give --out"):
        run("lstm-text", tiny_settings("lstm-text"), tiny_corpus, tmp_path, resume=True)


def test_a_comparison_misses_an_encoder_before_it_trains(tiny_corpus, tiny_settings, tmp_path):
    models = {
        "lstm-text": tiny_settings("lstm-text"),
        "resnet-vision": tiny_settings("resnet-vision", "vision_encoder=/nowhere"),
    }
    with pytest.raises(EncoderError, match="/nowhere"):
        compare(models, tiny_corpus, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_out_that_is_a_file_is_refused(tiny_corpus, tiny_settings, tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RunError, match=r"file is in the way|exists and is not empty"):
            compare({"lstm-text": tiny_settings("lstm-text")}, tiny_corpus, place)
        with pytest.raises(RunError, match=r"file is in the way|exists and is not empty"):
            run("lstm-text", tiny_settings("lstm-text"), tiny_corpus, place)
    assert (tmp_path / "file").read_text() == "mine"
