"""`cinefuse explain` as a shell sees it: output, files, exit codes."""

import io
import json
import sys
from functools import partial

import pytest
from PIL import Image

from cinefuse.results import read_record
from cinefuse.results.explanation import Explanation


@pytest.fixture
def invoke(invoke):
    return partial(invoke, "explain")


@pytest.fixture
def poster(tmp_path):
    Image.new("RGB", (40, 60), (40, 0, 10)).save(tmp_path / "poster.png")
    return tmp_path / "poster.png"


def test_a_film_is_explained_on_the_terminal(invoke, tiny_run, poster):
    code, out, err = invoke(
        tiny_run, "--plot", "blood in the cellar", "--poster", poster, "--genre", "Horror"
    )
    assert code == 0, err
    for told in ("late-fusion gives Horror a probability of", "plot alone", "poster alone", "where on the"):
        assert told in out
    assert "note" not in err


def test_files_are_written_and_told(invoke, tiny_run, poster, tmp_path):
    files = {option: tmp_path / f"why.{option}" for option in ("html", "png", "json")}
    options = [part for option, path in files.items() for part in (f"--{option}", path)]
    plot = "blood & <b>screams</b> in the cellar"
    code, out, err = invoke(tiny_run, "--plot", plot, "--poster", poster, *options)
    assert code == 0, err
    assert all(f"written: {path}" in out.replace("\n", "") for path in files.values())
    found = read_record(Explanation, files["json"], "explain")
    assert [plot[word.start : word.end] for word in found.words] == [word.text for word in found.words]
    assert json.loads(files["json"].read_text()).keys() == {
        *["id", "model", "genre", "probability", "threshold", "words", "plot", "poster"],
        *["modalities", "without_people", "sentences"],
    }
    assert f"{found.genre}?" in files["html"].read_text()
    with Image.open(files["png"]) as image:
        assert image.format == "PNG"


def test_a_plot_comes_from_standard_input(invoke, tiny_run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the joke of a wedding\n")))
    code, out, err = invoke(tiny_run, "--plot", "-", "--genre", "Comedy")
    assert code == 0, err
    assert "The model was shown the plot alone." in out
    assert "note: this model reads a poster, and none was given" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "neither --plot nor --poster says anything"),
        (["--plot", " "], "neither --plot nor --poster says anything"),
        (["--plot", "a", "--genre", "Comdy"], "no genre is called 'Comdy' (did you mean 'Comedy'?)"),
        (["--plot", "a", "--poster", "nowhere.png"], "poster missing: nowhere.png"),
        (
            ["--plot", "a", "--html", "nowhere/why.html"],
            "--html nowhere/why.html: there is no folder nowhere",
        ),
        (["--plot", "a", "--png", "."], "--png .: is a folder"),
        (
            ["--plot", "a", "--png", "why.jpg"],
            "--png why.jpg: allowed is a file that ends in .png, .svg, .pdf",
        ),
    ],
)
def test_what_cannot_be_explained_is_told(invoke, tiny_run, arguments, message):
    code, _, err = invoke(tiny_run, *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_no_run_is_told(invoke, tmp_path):
    code, _, err = invoke(tmp_path, "--plot", "a")
    assert code == 2
    assert "not a finished run" in err


def test_an_export_is_told_what_to_give(invoke, tmp_path):
    (tmp_path / "export.json").write_text("{}")
    code, _, err = invoke(tmp_path, "--plot", "a")
    assert code == 2
    assert "an export, and this needs the run that it was made from" in err.replace("\n", " ")


def test_places_count_from_where_the_plot_was_given(invoke, tiny_run, tmp_path):
    plot = "\n \tblood & screams in the cellar \n"
    code, _, err = invoke(tiny_run, "--plot", plot, "--json", tmp_path / "why.json")
    assert code == 0, err
    found = read_record(Explanation, tmp_path / "why.json", "explain")
    assert found.words
    assert [plot[word.start : word.end] for word in found.words] == [word.text for word in found.words]


@pytest.mark.parametrize(("suffix", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")])
def test_a_picture_is_what_its_name_says(invoke, tiny_run, tmp_path, suffix, begins):
    code, _, err = invoke(tiny_run, "--plot", "blood", "--png", tmp_path / f"why.{suffix}")
    assert code == 0, err
    assert (tmp_path / f"why.{suffix}").read_bytes().startswith(begins)


def test_capitals_of_a_genre_do_not_matter(invoke, tiny_run):
    code, out, err = invoke(tiny_run, "--plot", "blood", "--genre", "horror")
    assert code == 0, err
    assert "gives Horror a probability" in out


def test_words_that_the_model_does_not_know_are_told(invoke, tiny_run):
    code, out, err = invoke(tiny_run, "--plot", "zzz qqq xyzzy")
    assert code == 0, err
    assert "knows none of the 3 words" in out.replace("\n", " ")
