"""`cinefuse ensemble`, from two runs to a film that the ensemble tells."""

import json

import pytest
from PIL import Image

GENRES = {
    "Drama": ("a mother writes a letter", (90, 110, 160)),
    "Comedy": ("the wedding goes wrong", (250, 210, 60)),
    "Horror": ("blood in the cellar", (40, 0, 10)),
}
TINY = ("--set", "profile=small", "--set", "max_epochs=1", "--set", "batch_size=8")


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    lines = ["id,title,plot,poster,genres,split"]
    for number in range(60):
        genre = list(GENRES)[number % 3]
        words, colour = GENRES[genre]
        Image.new("RGB", (20, 30), colour).save(folder / f"{number}.png")
        split = "train" if number < 30 else "dev" if number < 45 else "test"
        lines.append(f"f{number},Film {number},{words} {number},{number}.png,{genre},{split}")
    (folder / "films.csv").write_text("\n".join(lines) + "\n")
    return folder / "films.csv"


def test_two_runs_become_one_that_is_evaluated_asked_and_tags(invoke, films, tmp_path):
    for recipe in ("lstm-text", "cnn-vision"):
        code, _, err = invoke("train", recipe, "--corpus", films, "--out", tmp_path / recipe, *TINY)
        assert code == 0, err
    made = tmp_path / "both"
    runs = (tmp_path / "lstm-text", tmp_path / "cnn-vision")
    code, out, err = invoke("ensemble", *runs, "--corpus", films, "--out", made)
    assert code == 0, err
    assert "all, weighing the same" in out
    assert f"now: cinefuse evaluate {made}" in out
    code, out, err = invoke("evaluate", made, "--corpus", films, "--json", tmp_path / "told.json")
    assert code == 0, err
    assert json.loads((tmp_path / "told.json").read_text())["model"] == "ensemble"
    code, out, err = invoke(
        "predict", made, "--plot", "blood in the cellar", "--poster", films.parent / "2.png"
    )
    assert code == 0, err
    assert "Horror" in out
    code, out, err = invoke("tag", films, "--run", made, "-o", tmp_path / "tagged.parquet")
    assert code == 0, err
    for verb in (("export", made, "--corpus", films), ("explain", made, "--plot", "blood")):
        code, _, err = invoke(*verb)
        assert code == 2
        assert "an ensemble, and this needs one run" in err
    code, _, err = invoke("ensemble", runs[0], "--corpus", films, "--out", tmp_path / "one")
    assert code == 2
    assert "allowed are two or more" in err


def test_best_is_trained_as_any_recipe_and_compared(invoke, films, tmp_path):
    code, out, err = invoke("train", "best", "--corpus", films, "--out", tmp_path / "best", *TINY)
    assert code == 0, err
    assert "best: without knowledge-graph: too few training films have a director or a cast" in err
    assert "held out: macro F1" in out
    assert f"{tmp_path / 'best'}: best," in out
    taught = ("--set", f"teacher={tmp_path / 'best'}")
    code, out, err = invoke(
        *("train", "early-fusion", "--corpus", films, "--out", tmp_path / "taught", *TINY, *taught)
    )
    assert code == 0, err
    assert "asking the teacher" in err
    runs = tmp_path / "runs"
    code, out, err = invoke("compare", "--corpus", films, "--models", "best", "--out", runs, *TINY)
    assert code == 0, err
    assert [one["model"] for one in json.loads((runs / "comparison.json").read_text())["models"]] == ["best"]


@pytest.mark.parametrize("verb", ["tune", "bench"])
def test_verbs_of_one_model_refuse_an_ensemble(invoke, films, tmp_path, verb):
    given = ("best", "--out", tmp_path / "out") if verb == "tune" else ("start", "--models", "best")
    code, _, err = invoke(verb, *given, "--corpus", films)
    assert code == 2
    assert "recipe 'best' is of several trainings, which `train` and `compare` combine" in " ".join(
        err.split()
    )


def test_small_is_one_run(invoke, films, tmp_path):
    out = tmp_path / "small"
    code, _, err = invoke("train", "small", "--corpus", films, "--out", out, *TINY)
    assert code == 0, err
    assert "small: thresholds of 30 training films; macro F1 on dev" in " ".join(err.split())
    assert len(list((out / "trainings").iterdir())) == 6
    code, told, err = invoke("evaluate", out, "--corpus", films)
    assert code == 0, err
    assert "small" in told
