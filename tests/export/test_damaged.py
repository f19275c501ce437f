"""Exports that are not whole: one message that says where and what to do, never a wrong answer."""

import json
import shutil

import pytest

from cinefuse.errors import RunError
from cinefuse.exported import OnnxPredictor


@pytest.fixture
def copy(tiny_export, tmp_path):
    return shutil.copytree(tiny_export, tmp_path / "export")


def change(folder, **fields):
    record = json.loads((folder / "export.json").read_text())
    (folder / "export.json").write_text(json.dumps(record | fields))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_lacks(copy, name):
    (copy / name).unlink()
    with pytest.raises(RunError, match=rf"the export lacks {name}; copy it whole"):
        OnnxPredictor.load(copy)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_was_changed(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(RunError, match=rf"{name}: not the file that was exported: its SHA-256 is"):
        OnnxPredictor.load(copy)


def test_files_of_the_other_precision_do_not_matter(copy):
    (copy / "model.int8.onnx").unlink()
    assert OnnxPredictor.load(copy).name == "late-fusion"


def test_no_folder_and_no_export(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match=r"not an export: it has no export\.json; `cinefuse export RUN"):
            OnnxPredictor.load(folder)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"format": 2}, "format: "),
        ({"surprise": 1}, "surprise: "),
        ({"thresholds": [0.5]}, "1 thresholds for 3 genres"),
    ],
)
def test_a_record_that_does_not_fit(copy, fields, said):
    change(copy, **fields)
    with pytest.raises(RunError, match=rf"not an export that cinefuse .* can read: .*{said}.*make it anew"):
        OnnxPredictor.load(copy)


def test_a_record_that_is_no_json(copy):
    (copy / "export.json").write_text("{")
    with pytest.raises(RunError, match=r"export\.json: not an export"):
        OnnxPredictor.load(copy)


def test_a_graph_that_reads_something_else(copy):
    change(copy, inputs=["plot_tokens"])
    with pytest.raises(
        RunError, match=r"the graph reads plot_tokens, .*, and export\.json says plot_tokens;"
    ):
        OnnxPredictor.load(copy)


def test_a_graph_that_onnxruntime_cannot_open(copy):
    from cinefuse.exported.record import digest

    (copy / "model.onnx").write_bytes(b"no graph")
    files = json.loads((copy / "export.json").read_text())["files"]
    change(copy, files=files | {"model.onnx": digest(copy / "model.onnx")})
    with pytest.raises(RunError, match=r"onnxruntime [\d.]+ cannot open it: .*make it anew"):
        OnnxPredictor.load(copy)


def test_a_precision_that_does_not_exist(copy):
    with pytest.raises(RunError, match="no precision is called 'int4'; allowed here is float32 or int8"):
        OnnxPredictor.load(copy, "int4")
