"""The commands as a shell sees them: output, files, exit codes."""

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper

import pytest
from typer.testing import CliRunner

from cinefuse.cli import app
from cinefuse.errors import CinefuseError
from cinefuse.recipes import ENSEMBLE_RECIPES, RECIPES
from cinefuse.results import Result, read_comparison


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A practitioner's own table: CSV and a folder of posters."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("films")
    lines = ["id,title,plot,poster,genres,split"]
    words = {
        "Drama": "a mother writes a letter",
        "Comedy": "the wedding goes wrong",
        "Horror": "blood in the cellar",
    }
    for number in range(45):
        genre = list(words)[number % 3]
        Image.new("RGB", (20, 30), [(90, 110, 160), (250, 210, 60), (40, 0, 10)][number % 3]).save(
            folder / f"{number}.png"
        )
        split = "train" if number < 27 else "dev" if number < 36 else "test"
        lines.append(f"f{number},Film {number},{words[genre]} {number},{number}.png,{genre},{split}")
    (folder / "films.csv").write_text("\n".join(lines) + "\n")
    return folder / "films.csv"


TINY = [
    argument
    for setting in ("profile=small", "max_epochs=1", "batch_size=8")
    for argument in ("--set", setting)
]


def test_the_journey_of_ones_own_films(invoke, films, tmp_path):
    code, out, err = invoke("corpus", "prepare", films, tmp_path / "store")
    assert code == 0, err
    assert "train 27" in out
    code, out, err = invoke(
        "compare",
        "--corpus",
        tmp_path / "store",
        "--out",
        tmp_path / "runs",
        "--models",
        "lstm-text,late-fusion",
        *TINY,
        "--set",
        "minimum_word_count=1",
    )
    assert code == 0, err
    comparison = read_comparison(tmp_path / "runs" / "comparison.json")
    assert [result.model for result in comparison.models] == ["lstm-text", "late-fusion"]
    assert all(value is not None for result in comparison.models for value in result.metrics.values())
    assert (tmp_path / "runs" / "report.html").exists()
    assert "late-fusion" in out
    assert "epoch  1" in err

    run = tmp_path / "runs" / "late-fusion"
    code, out, err = invoke(
        "evaluate", run, "--corpus", films, "--split", "dev", "--json", tmp_path / "dev.json"
    )
    assert code == 0, err
    result = Result.model_validate_json((tmp_path / "dev.json").read_text())
    assert (result.corpus.split, result.corpus.movies) == ("dev", 9)

    code, out, err = invoke("predict", run, "--plot", "blood in the cellar", "--json", tmp_path / "one.json")
    assert code == 0, err
    assert "this model reads a poster, and none was given" in err
    assert "genres:" in out
    assert out.count("┃") == 3 + 1  # a genre each, and what the mark means
    assert set(json.loads((tmp_path / "one.json").read_text())["probabilities"]) == {
        "Drama",
        "Comedy",
        "Horror",
    }

    code, out, err = invoke("report", tmp_path / "runs")
    assert code == 0, err
    # what is finished is kept; what is scored again is the same
    code, out, err = invoke(
        "compare",
        "--corpus",
        tmp_path / "store",
        "--out",
        tmp_path / "runs",
        "--models",
        "lstm-text,late-fusion",
        *TINY,
        "--set",
        "minimum_word_count=1",
        "--resume",
    )
    assert code == 0, err
    assert "finished already" in err
    again = read_comparison(tmp_path / "runs" / "comparison.json")
    assert [result.metrics for result in again.models] == [result.metrics for result in comparison.models]


def test_several_seeds_leave_a_run_each(invoke, films, tmp_path):
    code, _, err = invoke(
        "compare",
        "--corpus",
        films,
        "--out",
        tmp_path / "runs",
        "--models",
        "cnn-vision",
        "--seeds",
        2,
        *TINY,
        "--set",
        "poster_height=32",
        "--set",
        "poster_width=32",
    )
    assert code == 0, err
    results = read_comparison(tmp_path / "runs" / "comparison.json").models
    assert [result.seed for result in results] == [42, 43]
    assert (tmp_path / "runs" / "cnn-vision@43" / "bundle.json").exists()


def test_a_model_that_fails_is_named_after_the_report(invoke, films, tmp_path, monkeypatch):
    from cinefuse import comparison

    train_and_score = comparison.train_and_score

    def fail(name, *arguments, **options):
        if name == "cnn-vision":
            raise RuntimeError("out of memory [/tmp]")
        return train_and_score(name, *arguments, **options)

    monkeypatch.setattr(comparison, "train_and_score", fail)
    arguments = ["compare", "--corpus", films, "--out", tmp_path / "runs", "--models"]
    code, out, err = invoke(*arguments, "cnn-vision,lstm-text", *TINY)
    assert code == 1
    assert "lstm-text" in out
    assert (tmp_path / "runs" / "report.html").exists()
    assert "error: 1 failed; --resume tries them again:" in err
    assert "  - cnn-vision (seed 42): RuntimeError: out of memory [/tmp]" in err
    assert "Traceback" not in err


def test_the_original_reports_seven_are_compared_unless_others_are_named(invoke, films, tmp_path):
    code, _, err = invoke("compare", "--corpus", films, "--out", tmp_path / "runs", "--set", "rank=2")
    assert code == 2
    fusions = "single/early/late/attention"
    assert f"rank would change nothing: it belongs to fusion=low-rank; here is fusion={fusions}" in " ".join(
        err.split()
    )


def test_models_writes_the_parameter_table(invoke, tmp_path):
    code, out, err = invoke("models", "--json", tmp_path / "models.json")
    assert code == 0, err
    rows = json.loads((tmp_path / "models.json").read_text())["models"]
    assert [row["model"] for row in rows] == [*RECIPES, *ENSEMBLE_RECIPES]
    totals = {
        "lstm-text": 24.0,
        "bert-text": 66.6,
        "cnn-vision": 1.7,
        "resnet-vision": 11.3,
        "early-fusion": 80.2,
        "late-fusion": 77.9,
        "attention-fusion": 83.8,
        "sum": 78.2,
        "concat": 77.6,
        "gmu": 79.9,
        "experts": 80.0,
        "centralnet": 79.0,
        "mmbt": 78.0,
        "braz": 78.9,
        "low-rank": 79.3,
        "late-genre": 77.9,
        "mm-gatbt": 80.0,
        "knowledge-graph": 80.1,
    }
    for row in (row for row in rows if row["model"] in totals):
        counts = row["parameters"]
        assert counts["total"] / 1e6 == pytest.approx(totals[row["model"]], rel=0.02)
        assert counts["backbone"] + counts["head"] == counts["total"]
    assert "resnet-vision" in out
    best = next(row for row in rows if row["model"] == "best")
    totals = {row["model"]: row["parameters"]["total"] for row in rows}
    recipe = ENSEMBLE_RECIPES["best"]
    assert best["parameters"]["total"] == recipe.folds * sum(totals[name] for name in recipe.members)
    assert best["members"] == dict.fromkeys(recipe.members, recipe.folds)
    assert totals["small"] == totals["knowledge-graph"]  # one run in the end


def test_settings_are_listed(invoke):
    code, out, _ = invoke("models", "--settings")
    assert code == 0
    assert "pretrained_learning_rate" in out


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (
            ["train", "bert-txt", "--corpus", "FILMS", "--out", "NEW"],
            ["no recipe is called 'bert-txt'", "bert-text"],
        ),
        (
            ["train", "bert-text", "--corpus", "FILMS", "--out", "NEW", "--set", "speed=9"],
            ["no setting is called 'speed'"],
        ),
        (["train", "bert-text", "--corpus", "/nowhere", "--out", "NEW"], ["/nowhere"]),
        (
            ["train", "lstm-text", "--corpus", "FILMS", "--out", "TAKEN"],
            ["exists and is not empty", "--resume"],
        ),
        (["compare", "--corpus", "FILMS", "--out", "TAKEN"], ["exists and is not empty", "--resume"]),
        (
            ["train", "bert-text", "--corpus", "FILMS", "--out", "NEW", "--set", "text_encoder=/nowhere"],
            ["text encoder '/nowhere'", "Give --set text_encoder=FOLDER"],
        ),
        (["evaluate", "TAKEN", "--corpus", "FILMS"], ["not a finished run"]),
        (["evaluate", "NEW", "--corpus", "FILMS"], ["not a finished run"]),
        (["predict", "TAKEN"], ["neither --plot nor --poster says anything"]),
        (["predict", "TAKEN", "--poster", "FILMS"], ["poster unreadable", "films.csv"]),
        (["report", "TAKEN"], ["neither comparison.json nor ablation.json is there"]),
        (["models", "--json", "NEW/one.json"], ["--json", "there is no folder", "make it first"]),
        (["models", "--json", "TAKEN"], ["--json", "is a folder"]),
        (["predict", "TAKEN", "--plot", "x", "--json", "NEW/one.json"], ["there is no folder"]),
        (["evaluate", "TAKEN", "--corpus", "FILMS", "--json", "NEW/one.json"], ["there is no folder"]),
        (["corpus", "describe", "FILMS", "--json", "NEW/one.json"], ["there is no folder"]),
        (["predict", "TAKEN", "--plot", "caf\udce9"], ["--plot is not UTF-8 text", "at place 3", "iconv"]),
        (["predict", "TAKEN", "--plot", "caf\ud800"], ["--plot is not UTF-8 text"]),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(invoke, films, tmp_path, arguments, parts):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "holiday.txt").write_text("mine")
    places = {"FILMS": str(films), "TAKEN": str(taken), "NEW": str(tmp_path / "new")}
    given = [argument.replace("NEW", places["NEW"]) for argument in arguments]
    code, _, err = invoke(*[places.get(argument, argument) for argument in given])
    assert code == 2
    assert err.count("error:") == 1
    assert "Traceback" not in err
    for part in parts:
        assert part in err
    assert (taken / "holiday.txt").read_text() == "mine"


def test_a_plot_from_standard_input_is_read_as_utf_8_or_refused(invoke, tiny_run, tmp_path, monkeypatch):
    def pipe(content):
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content), encoding="ascii"))
        return invoke("predict", tiny_run, "--plot", "-", "--json", tmp_path / "one.json")

    code, out, err = pipe("Blut im Keller, überall".encode())
    assert code == 0, err
    assert f"written: {tmp_path / 'one.json'}" in out
    code, _, err = pipe("überall".encode("latin-1"))
    assert code == 2
    assert "standard input is not UTF-8 text" in err
    assert "Traceback" not in err


def test_a_mistake_of_ours_is_exit_code_1(invoke, films, tmp_path, monkeypatch):
    from cinefuse.errors import StorageError

    def refuse(*_, **__):
        raise StorageError("the disk is full")

    monkeypatch.setattr("cinefuse.corpus.corpus.open_corpus", refuse)
    code, _, err = invoke("train", "bert-text", "--corpus", films, "--out", tmp_path / "new")
    assert code == 1
    assert "the disk is full" in err
    assert issubclass(StorageError, CinefuseError)


def test_help_is_fast_and_names_every_verb():
    runner = CliRunner()
    listed = runner.invoke(app, ["--help"]).output
    for verb in ("corpus", "models", "train", "evaluate", "compare", "report", "predict"):
        assert verb in listed
    wanted = "('torch', 'transformers', 'datasets')"
    heavy = f"import sys; import cinefuse.cli; print([m for m in {wanted} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
