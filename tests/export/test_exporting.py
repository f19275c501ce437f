"""A run to an export: all of it and verified, or nothing; what it says is what the run says."""

import json
import shutil
from dataclasses import replace

import numpy as np
import onnx
import pytest
import yaml

from cinefuse import Predictor
from cinefuse.errors import CorpusError, RunError, StorageError
from cinefuse.evaluation.evaluate import evaluate
from cinefuse.export import ExportOptions, export_run, exporting
from cinefuse.exported import OnnxPredictor, read_export_record

FILES = {"README.md", "export.json", "model.int8.onnx", "model.onnx", "requirements.txt", "tokenizer.json"}


def lacking(movies):
    """Complete films, films without either part, and one with neither, in one list."""
    return [
        *movies,
        *(replace(movie, id=f"{movie.id}-plot", poster=None) for movie in movies[:4]),
        *(replace(movie, id=f"{movie.id}-poster", plot=None) for movie in movies[:4]),
        replace(movies[0], id="nothing", plot=None, poster=None),
    ]


def test_the_folder_is_whole(tiny_export):
    assert {path.name for path in tiny_export.iterdir()} == FILES
    assert not tiny_export.with_name(tiny_export.name + ".partial").exists()
    record = read_export_record(tiny_export)
    assert record.model == "late-fusion"
    assert record.inputs == ("plot_tokens", "plot_mask", "has_plot", "posters", "has_poster")
    assert set(record.files) == {"model.onnx", "model.int8.onnx", "tokenizer.json"}


def test_it_says_what_the_run_says(tiny_run, tiny_export, tiny_corpus):
    movies = lacking(list(tiny_corpus.split("test")))
    run, exported = Predictor.load(tiny_run), OnnxPredictor.load(tiny_export)
    assert (exported.name, exported.genres, exported.reads) == (run.name, run.genres, run.reads)
    np.testing.assert_allclose(exported.thresholds, run.thresholds, rtol=1e-12)
    for one, other in zip(run.predict(movies), exported.predict(movies), strict=True):
        assert (one.id, one.lacking, list(one.probabilities)) == (
            other.id,
            other.lacking,
            list(other.probabilities),
        )
        assert list(other.probabilities.values()) == pytest.approx(list(one.probabilities.values()), abs=1e-4)
        assert other.thresholds == pytest.approx(one.thresholds, rel=1e-12)
        assert one.genres == other.genres
    assert exported.predict([]) == []


def test_what_lacks_a_part_is_judged_as_the_run_judges_it(tiny_export, tiny_corpus):
    exported = OnnxPredictor.load(tiny_export)
    assert set(exported.record.without) == {"plot", "poster"}
    complete, alone = exported.predict(
        [tiny_corpus.split("test")[0], replace(tiny_corpus.split("test")[0], poster=None)]
    )
    assert complete.lacking == ()
    assert alone.lacking == ("poster",)
    assert complete.thresholds != alone.thresholds


def test_int8_is_smaller_and_nearly_of_the_same_opinion(tiny_export, tiny_corpus):
    assert (tiny_export / "model.int8.onnx").stat().st_size < (tiny_export / "model.onnx").stat().st_size
    movies = list(tiny_corpus.split("test"))
    said = [OnnxPredictor.load(tiny_export, precision).predict(movies) for precision in ("float32", "int8")]
    one, other = (np.array([list(film.probabilities.values()) for film in films]) for films in said)
    assert 0 < np.abs(one - other).max() < 0.1


def test_the_verification_is_in_record_and_card(tiny_export, tiny_corpus):
    verification = read_export_record(tiny_export).verification
    assert (verification.corpus, verification.split, verification.films) == ("tiny", "test", 15)
    assert set(verification.agreement) == {"float32", "int8"}
    exact = verification.agreement["float32"]
    assert exact.largest_difference < 1e-4
    assert exact.largest_difference_lacking < 1e-4
    assert (exact.same_labels, exact.same_films) == (1.0, 1.0)
    card = (tiny_export / "README.md").read_text()
    assert "On 15 test films of tiny" in card
    assert "100.00% of labels agree" in card


def test_without_int8(tiny_run, tiny_corpus, tmp_path):
    export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(int8=False, n_films=3))
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES - {"model.int8.onnx"}
    with pytest.raises(RunError, match="no int8 model is in it; allowed here is float32"):
        OnnxPredictor.load(tmp_path / "out", "int8")


def spoil(monkeypatch, change):
    """The graph that is written is changed before it is verified."""
    write = exporting.write_graph

    def wrong(model, reads, settings, path):
        write(model, reads, settings, path)
        graph = onnx.load(path)
        change(graph.graph)
        onnx.save(graph, path)

    monkeypatch.setattr(exporting, "write_graph", wrong)


def test_a_graph_that_says_something_else_is_refused(tiny_run, tiny_corpus, tmp_path, monkeypatch):
    def shift_a_bias(graph):
        for tensor in graph.initializer:
            if tensor.name.endswith("bias"):
                values = onnx.numpy_helper.to_array(tensor) + 0.5
                tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))

    spoil(monkeypatch, shift_a_bias)
    with pytest.raises(RunError, match=r"differs by up to [\d.]+, allowed is 0\.001"):
        export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(int8=False))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", [{"model": "bert-text"}, {"corpus": {"split": "train"}}])
def test_a_result_of_something_else_is_refused(tiny_run, tiny_corpus, tmp_path, change):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    result = evaluate(Predictor.load(run), tiny_corpus, "test").result
    told = json.loads(result.model_dump_json())
    changed = {key: told[key] | value if isinstance(value, dict) else value for key, value in change.items()}
    (run / "test.json").write_text(json.dumps(told | changed))
    with pytest.raises(
        RunError, match=r"test\.json: a result of .* allowed is what this run, late-fusion, says"
    ):
        export_run(run, tmp_path / "out", tiny_corpus, ExportOptions(int8=False, n_films=2))


def test_nothing_that_was_not_verified_can_be_opened(tiny_run, tiny_corpus, tmp_path, monkeypatch):
    seen = []

    def look(_agreement, _films):
        seen.extend(path.name for path in (tmp_path / "out.partial").iterdir())

    monkeypatch.setattr(exporting, "refuse_differing", look)
    export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(int8=False, n_films=2))
    assert "model.onnx" in seen
    assert "export.json" not in seen


def test_nothing_half_written_stays(tiny_run, tiny_corpus, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "write_graph", full)
    with pytest.raises(StorageError, match="No space left"):
        export_run(tiny_run, tmp_path / "out", tiny_corpus)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_taken_is_left_alone(tiny_run, tiny_export, tiny_corpus, tmp_path):
    with pytest.raises(RunError, match="an export is there; allowed is a new folder"):
        export_run(tiny_run, tiny_export, tiny_corpus)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="exists and is not empty"):
        export_run(tiny_run, tmp_path, tiny_corpus)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_a_killed_export_left_goes_and_nothing_else(tiny_run, tiny_corpus, tmp_path):
    partial = tmp_path / "out.partial"
    partial.mkdir()
    (partial / "model.onnx").write_bytes(b"half")
    export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(int8=False, n_films=2))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    novel = tmp_path / "next.partial" / "novel.txt"
    novel.parent.mkdir()
    novel.write_text("mine")
    with pytest.raises(RunError, match=r"next\.partial: is in the way"):
        export_run(tiny_run, tmp_path / "next", tiny_corpus)
    assert novel.read_text() == "mine"


def test_films_that_are_not_there(tiny_run, tiny_corpus, tmp_path):
    with pytest.raises(CorpusError, match="no split 'other'"):
        export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(split="other"))
    assert list(tmp_path.iterdir()) == []


def test_the_record_names_no_folder_of_the_machine(tiny_export, tiny_run):
    for path in (tiny_export / "export.json", tiny_export / "README.md"):
        assert str(tiny_run.parent) not in path.read_text()
    assert "thresholds" in json.loads((tiny_export / "export.json").read_text())
    assert (
        yaml.safe_load((tiny_export / "README.md").read_text().split("---")[1])["library_name"] == "cinefuse"
    )
