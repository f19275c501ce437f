"""An export predicts where only what its requirements.txt names is installed."""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import FilePoster
from cinefuse.runtimes import open_predictor

PROGRAM = """
import json, sys

allowed = set(json.loads(sys.argv[1]))

class Refuses:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named '{top}'", name=top)

sys.meta_path.insert(0, Refuses())
for torch_side in ("torch", "transformers", "captum", "onnx"):
    try:
        __import__(torch_side)
    except ModuleNotFoundError:
        continue
    raise AssertionError(f"{torch_side} can be imported")

from cinefuse import FilePoster, Movie
from cinefuse.runtimes import open_predictor

predictor = open_predictor(sys.argv[2], sys.argv[3])
said = predictor.predict([Movie("1", "a cellar, a scream", FilePoster(sys.argv[4])), Movie("2", "a wedding")])

from pathlib import Path
from cinefuse.tagging import TagSettings, tag

Path("films.csv").write_text("plot\\na wedding\\n")
settings = TagSettings(runtime=sys.argv[3])
assert tag([Path("films.csv")], Path(sys.argv[2]), Path("tagged.parquet"), settings).counts.scored == 1
print(json.dumps([[film.probabilities, film.genres, film.lacking] for film in said]))
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


OWNERS = packages_distributions()  # module -> distributions; it reads every one that is installed


def closure(names):
    """Distributions that these need, themselves included, in lower case."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            lines = requires(name) or ()
        except PackageNotFoundError:  # for another platform or an older Python
            continue
        found.add(name)
        waiting += [re.match(r"[\w.-]+", line)[0] for line in lines if "extra ==" not in line]
    return found


@pytest.mark.parametrize("runtime", ["auto", "int8"])
def test_only_what_is_required(tiny_export, tmp_path, runtime):
    from PIL import Image

    Image.new("RGB", (20, 30), "navy").save(tmp_path / "poster.png")
    lines = (tiny_export / "requirements.txt").read_text().splitlines()
    required = [re.match(r"[\w-]+", line)[0] for line in lines if not line.startswith("#")]
    distributions = closure(required)
    allowed = {"cinefuse"} | {
        module
        for module, owners in OWNERS.items()
        if {owner.lower().replace("_", "-") for owner in owners} & distributions
    }
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            PROGRAM,
            json.dumps(sorted(allowed)),
            tiny_export,
            runtime,
            tmp_path / "poster.png",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, modules = map(json.loads, done.stdout.splitlines())
    here = open_predictor(tiny_export, runtime).predict(
        [Movie("1", "a cellar, a scream", FilePoster(tmp_path / "poster.png")), Movie("2", "a wedding")]
    )
    assert [lacking for _, _, lacking in said] == [[], ["poster"]]
    for (probabilities, genres, _), own in zip(said, here, strict=True):
        assert probabilities == pytest.approx(own.probabilities, abs=1e-6)
        assert tuple(genres) == own.genres
    # and nothing is required for nothing: typer is the command line's
    owned = {name for module in modules for name in OWNERS.get(module, ())}
    assert {name.lower() for name in required} - {"typer"} <= {name.lower() for name in owned}


def test_a_run_says_that_it_needs_torch(tiny_run):
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from cinefuse.runtimes import open_predictor\n"
        "from cinefuse.errors import RunError\n"
        "try:\n    open_predictor(sys.argv[1])\n"
        "except RunError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(tiny_run))], capture_output=True, text=True, check=False
    )
    assert "a run, which needs torch, and that is not installed here" in done.stdout, done.stderr


def test_without_onnxruntime_the_extra_is_named(tiny_export, monkeypatch):
    from cinefuse.errors import MissingExtra

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"cinefuse\[onnx\]"):
        open_predictor(tiny_export)
