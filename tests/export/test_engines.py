"""One door to whatever predicts: the right engine, or a message that says which there are."""

import shutil
import subprocess
import sys

import pytest

from cinefuse import Predictor
from cinefuse.engines import ENGINES, open_predictor
from cinefuse.errors import RunError, SettingsError
from cinefuse.exported import OnnxPredictor


@pytest.fixture(scope="module")
def run_with_export(tiny_run, tiny_export, tmp_path_factory):
    run = shutil.copytree(tiny_run, tmp_path_factory.mktemp("both") / "run")
    shutil.copytree(tiny_export, run / "export")
    return run


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_with_an_export_in_it_opens_by_every_engine(run_with_export, engine):
    predictor = open_predictor(run_with_export, engine)
    assert isinstance(predictor, Predictor if engine in {"auto", "torch"} else OnnxPredictor)
    assert predictor.name == "late-fusion"


def test_onnx_and_int8_are_not_the_same_model(run_with_export, tiny_corpus):
    movies = list(tiny_corpus.split("test"))[:3]
    exact, rounded = (open_predictor(run_with_export, engine).predict(movies) for engine in ("onnx", "int8"))
    assert exact[0].probabilities != rounded[0].probabilities
    assert (
        open_predictor(run_with_export / "export").predict(movies)[0].probabilities == exact[0].probabilities
    )


@pytest.mark.parametrize("engine", ["onnx", "int8"])
def test_a_run_without_an_export(tiny_run, engine):
    with pytest.raises(
        RunError, match=f"without an export in it, which engine {engine} needs; make one with"
    ):
        open_predictor(tiny_run, engine)


def test_an_export_is_nothing_for_torch(tiny_export):
    with pytest.raises(
        RunError, match="an export, which torch does not open; allowed here is engine auto, onnx"
    ):
        open_predictor(tiny_export, "torch")


def test_neither(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match=r"neither a finished run .* nor an export"):
            open_predictor(folder)


def test_an_engine_that_does_not_exist(tiny_run):
    with pytest.raises(SettingsError, match=r"no engine is called 'onxx' \(did you mean 'onnx'\?\)"):
        open_predictor(tiny_run, "onxx")


def test_an_export_imports_no_torch(tiny_export):
    program = (
        "import sys\nfrom cinefuse.engines import open_predictor\nopen_predictor(sys.argv[1])\n"
        "print([name for name in ('torch', 'transformers', 'kornia', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tiny_export], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
