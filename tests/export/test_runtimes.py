"""One door to whatever predicts: the right runtime, or a message that says which there are."""

import json
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from cinefuse import Movie, Predictor
from cinefuse.errors import RunError, SettingsError
from cinefuse.exported import OnnxPredictor
from cinefuse.runtimes import RUNTIMES, open_predictor
from cinefuse.tagging import TagSettings, tag


@pytest.fixture(scope="module")
def run_with_export(tiny_run, tiny_export, tmp_path_factory):
    run = shutil.copytree(tiny_run, tmp_path_factory.mktemp("both") / "run")
    shutil.copytree(tiny_export, run / "export")
    return run


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_run_with_an_export_in_it_opens_by_every_runtime(run_with_export, runtime):
    predictor = open_predictor(run_with_export, runtime)
    assert isinstance(predictor, Predictor if runtime in {"auto", "torch"} else OnnxPredictor)
    assert predictor.name == "late-fusion"


def test_onnx_and_int8_are_not_the_same_model(run_with_export, tiny_corpus):
    movies = list(tiny_corpus.split("test"))[:3]
    exact, rounded = (
        open_predictor(run_with_export, runtime).predict(movies) for runtime in ("onnx", "int8")
    )
    assert exact[0].probabilities != rounded[0].probabilities
    assert (
        open_predictor(run_with_export / "export").predict(movies)[0].probabilities == exact[0].probabilities
    )


@pytest.mark.parametrize("runtime", ["onnx", "int8"])
def test_a_run_without_an_export(tiny_run, runtime):
    with pytest.raises(
        RunError, match=f"without an export in it, which runtime {runtime} needs; make one with"
    ):
        open_predictor(tiny_run, runtime)


def test_an_export_is_nothing_for_torch(tiny_export):
    with pytest.raises(
        RunError, match="an export, which torch does not open; allowed here is runtime auto, onnx"
    ):
        open_predictor(tiny_export, "torch")


def test_neither(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match=r"neither a finished run .* nor an export"):
            open_predictor(folder)


def test_a_runtime_that_does_not_exist(tiny_run):
    with pytest.raises(SettingsError, match=r"no runtime is called 'onxx' \(did you mean 'onnx'\?\)"):
        open_predictor(tiny_run, "onxx")


def test_an_export_imports_no_torch(tiny_export):
    program = (
        "import sys\nfrom cinefuse.runtimes import open_predictor\nopen_predictor(sys.argv[1])\n"
        "print([name for name in ('torch', 'transformers', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tiny_export], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_catalogue_is_tagged_by_int8(run_with_export, tiny_corpus, tmp_path):
    movies = [movie for movie in tiny_corpus.split("test") if movie.plot][:3]
    table = tmp_path / "films.jsonl"
    table.write_text("".join(json.dumps({"plot": movie.plot}) + "\n" for movie in movies))
    tag([table], run_with_export, tmp_path / "out.parquet", TagSettings(runtime="int8"))
    written = pq.read_table(tmp_path / "out.parquet").to_pylist()
    here = open_predictor(run_with_export, "int8").predict([Movie("", movie.plot) for movie in movies])
    assert [row["probabilities"] for row in written] == [one.probabilities for one in here]


def test_every_predictor_says_what_it_is(run_with_export):
    told = [repr(open_predictor(run_with_export, runtime)) for runtime in ("torch", "int8")]
    assert told == [
        f"<{name}: late-fusion, 3 genres, reads plot and poster>" for name in ("Predictor", "OnnxPredictor")
    ]
