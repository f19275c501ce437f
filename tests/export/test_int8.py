"""Which int8 model an export keeps: with its convolutions in bytes, without, or none."""

import re
from dataclasses import replace

import onnx
import pytest

from cinefuse import progress
from cinefuse.export import ExportOptions, export_run, int8
from cinefuse.export.int8 import RANGE_FILMS, films_for_ranges
from cinefuse.export.verify import why_not_int8
from cinefuse.exported import OnnxPredictor
from cinefuse.exported.record import Agreement


@pytest.fixture
def heard(monkeypatch, capsys):
    monkeypatch.setattr(progress._State, "shown", True)
    return lambda: capsys.readouterr().err


def kinds(path):
    return [node.op_type for node in onnx.load(path).graph.node]


def spoil(monkeypatch, when):
    """An int8 model that `when` says of its films is of another opinion."""
    write = int8.write_int8

    def wrong(source, target, films):
        written = write(source, target, films)
        if written and when(films):
            graph = onnx.load(target)
            for tensor in graph.graph.initializer:
                if tensor.name.endswith((".scales", "_scale")):
                    values = -3 * onnx.numpy_helper.to_array(tensor)
                    tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
            onnx.save(graph, target)
        return written

    monkeypatch.setattr(int8, "write_int8", wrong)


def test_convolutions_are_in_it(tiny_export):
    assert kinds(tiny_export / "model.int8.onnx").count("DequantizeLinear") > 2


def test_convolutions_that_say_something_else_stay_in_float32(
    tiny_run, tiny_corpus, tmp_path, monkeypatch, heard
):
    spoil(monkeypatch, bool)
    record = export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(split="test"))
    assert re.search(
        r"convolutions stay in float32: with them in 8 bits, on 15 films of tiny it decides [\d.]+% "
        r"of labels as the run does, allowed is 98% or more",
        heard(),
    )
    assert set(record.verification.agreement) == {"float32", "int8"}
    found = kinds(tmp_path / "out" / "model.int8.onnx")
    assert "DequantizeLinear" not in found
    assert "MatMulIntegerToFloat" in found
    assert OnnxPredictor.load(tmp_path / "out", "int8").predict(list(tiny_corpus.split("test")))


def test_a_model_of_another_opinion_is_left_out(tiny_run, tiny_corpus, tmp_path, monkeypatch, heard):
    spoil(monkeypatch, lambda _films: True)
    record = export_run(tiny_run, tmp_path / "out", tiny_corpus, ExportOptions(split="test"))
    assert re.search(r"no int8 model is kept: .* allowed is 95% or more; use float32", heard())
    assert (set(record.models), set(record.verification.agreement)) == ({"float32"}, {"float32"})
    assert set(record.files) == {"model.onnx", "tokenizer.json"}
    assert not (tmp_path / "out" / "model.int8.onnx").exists()
    assert OnnxPredictor.load(tmp_path / "out").predict(list(tiny_corpus.split("test")))


def test_ranges_are_of_train_films(tiny_export, tiny_corpus):
    exported = OnnxPredictor.load(tiny_export)
    batches = films_for_ranges(exported, tiny_corpus, [])
    assert sum(len(batch["posters"]) for batch in batches) == min(
        RANGE_FILMS, len(tiny_corpus.split("train"))
    )
    assert all(tuple(batch) == exported.record.inputs for batch in batches)


def test_no_ranges_without_train_films_or_posters(tiny_export, tiny_corpus):
    exported = OnnxPredictor.load(tiny_export)
    without = {name: movies for name, movies in tiny_corpus.splits.items() if name != "train"}
    assert films_for_ranges(exported, replace(tiny_corpus, splits=without), []) == []
    exported.reads = ("plot",)
    assert films_for_ranges(exported, tiny_corpus, []) == []


def test_ranges_are_not_of_films_that_are_verified_on(tiny_export, tiny_corpus):
    exported = OnnxPredictor.load(tiny_export)
    train = list(tiny_corpus.split("train"))
    batches = films_for_ranges(exported, tiny_corpus, train[1:])
    assert [len(batch["posters"]) for batch in batches] == [1]
    assert films_for_ranges(exported, tiny_corpus, train) == []


ALLOWED = "allowed is 95% or more"
GOOD = Agreement(
    largest_difference=0.01,
    mean_difference=0.001,
    same_labels=1.0,
    same_films=1.0,
    largest_difference_lacking=0.01,
    same_labels_lacking=1.0,
)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        (
            {"same_labels": 0.9},
            "on 9 films it decides 90.0% of labels as the run does, " + ALLOWED,
        ),
        (
            {"same_labels_lacking": 0.9},
            "on 9 films without their plot or their poster it decides 90.0% of labels as the run does, "
            + ALLOWED,
        ),
        ({"largest_difference_lacking": float("nan")}, "on 9 films a probability is no number"),
        ({"largest_difference": float("nan")}, "on 9 films a probability is no number"),
        ({"same_labels_lacking": None, "largest_difference_lacking": None}, ""),
    ],
)
def test_why_there_is_no_int8(change, why):
    assert why_not_int8(GOOD.model_copy(update=change), 0.95, "9 films") == why
