"""`cinefuse export` as a shell sees it."""

import sys

import pytest
import typer

from cinefuse.cli.export import export
from cinefuse.errors import CorpusError, RunError
from cinefuse.exported import OnnxPredictor
from cinefuse.runtimes import open_predictor


@pytest.fixture
def invoke(capsys):
    """Runs the verb as the program would; gives standard output."""
    app = typer.Typer()
    app.command()(export)

    def call(*arguments):
        app([str(argument) for argument in arguments], standalone_mode=False)
        return capsys.readouterr().out

    return call


def test_to_the_run_itself_held_against_the_embedded_films(invoke, tiny_run, tmp_path):
    import shutil

    run = shutil.copytree(tiny_run, tmp_path / "run")
    said = invoke(run, "--films", "4", "--license", "mit")
    assert "held against the run on 4 dev films of embedded" in said
    assert "note: these are invented films; --corpus takes real ones" in said
    assert "float32 " in said
    assert "int8 " in said
    assert said.count("of labels agree") == 2
    assert isinstance(open_predictor(run, "int8"), OnnxPredictor)
    assert "license: mit" in (run / "export" / "README.md").read_text()
    with pytest.raises(RunError, match="an export is there"):
        invoke(run, "--films", "4")


def test_no_run_no_export(invoke, tmp_path):
    with pytest.raises(RunError, match="not a finished run"):
        invoke(tmp_path, "--out", tmp_path / "out")
    with pytest.raises(CorpusError):
        invoke(tmp_path, "--corpus", tmp_path / "nothing")
    assert not (tmp_path / "out").exists()


def test_without_onnx_the_extra_is_named(invoke, tiny_run, tmp_path, monkeypatch):
    from cinefuse.errors import MissingExtra

    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(MissingExtra, match=r"cinefuse\[onnx\]"):
        invoke(tiny_run, "--out", tmp_path / "out", "--films", "2")
    assert list(tmp_path.iterdir()) == []
