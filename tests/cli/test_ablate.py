"""`cinefuse ablate` as a shell sees it."""

import sys

import pytest

from cinefuse.ablation.catalogue import ABLATIONS
from cinefuse.cli import main
from cinefuse.corpus.store import write_store
from cinefuse.results.ablation import read_study


@pytest.fixture
def invoke(capsys, monkeypatch):
    """Runs the program in this process; gives exit code, standard output, standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["cinefuse", "ablate", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def store(tiny_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores") / "tiny"
    write_store(tiny_corpus, folder, poster_size=32)
    return folder


TINY = [
    argument
    for setting in ("profile=small", "max_epochs=1", "batch_size=8", "minimum_word_count=1")
    for argument in ("--set", setting)
]


def test_the_list_has_every_question_and_needs_nothing(invoke):
    code, out, err = invoke("--list")
    assert code == 0, err
    told = " ".join(out.split())
    for ablation in ABLATIONS.values():
        assert ablation.name in told
    assert "How much dropout do the fusions need?" in told
    assert "lstm-text: attention; no attention; pretrained word vectors" in told


def test_a_table_an_ablation_and_what_was_left_out(invoke, store, tmp_path):
    out_folder = tmp_path / "out"
    code, out, err = invoke("--corpus", store, "--out", out_folder, "--only", "lstm,plot-rule", *TINY)
    assert code == 0, err
    assert "Attention and word vectors in the LSTM." in out
    assert "no attention" in out
    assert "left out: needs a file of yours: give --set word_vectors=FILE" in out
    told = " ".join(out.split())
    assert "has its plots by the rule 'longest' for good; give --corpus the source" in told
    study = read_study(out_folder / "ablation.json")
    assert [len(one.results) for one in study.ablations[0].variants] == [1, 1, 0]
    assert (out_folder / "tables" / "plot-rule.csv").exists()
    assert "epoch  1" in err
    # what is trained already is only read
    code, out, err = invoke("--corpus", store, "--out", out_folder, "--only", "lstm", *TINY)
    assert code == 0, err
    assert "no attention" in out
    assert "epoch" not in err


def test_a_raw_source_is_read_by_every_plot_rule(invoke, tiny_corpus, tmp_path):
    lines = ["id,plot,genres,split"]
    for split, movies in tiny_corpus.splits.items():
        lines += [f'{one.id},"{one.plot or "nothing"}",{"|".join(one.genres)},{split}' for one in movies]
    (tmp_path / "films.csv").write_text("\n".join(lines) + "\n")
    code, out, err = invoke(
        "--corpus", tmp_path / "films.csv", "--out", tmp_path / "out", "--only", "plot-rule", *TINY
    )
    assert code == 0, err
    assert "every film's plot is the same as by 'longest' here" in " ".join(out.split())
    longest, *others = read_study(tmp_path / "out" / "ablation.json").ablations[0].variants
    assert longest.results
    assert all(one.left_out for one in others)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "lsmt"), "no ablation is called 'lsmt' (did you mean 'lstm'?)"),
        (("--set", "lstm_attention=false"), "--set lstm_attention: that is what lstm varies"),
        (("--set", "word_vectors=/nowhere", "--only", "loss"), "word_vectors would change nothing"),
    ],
)
def test_mistakes_are_told_before_anything_is_read(invoke, tmp_path, arguments, message):
    code, _, err = invoke("--corpus", "/nowhere", "--out", tmp_path / "out", *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_word_vectors_that_are_not_there_fail_one_variant(invoke, store, tmp_path):
    code, out, err = invoke(
        *("--corpus", store, "--out", tmp_path / "out", "--only", "lstm", *TINY),
        *("--set", "word_vectors=/nowhere/glove.txt"),
    )
    assert code == 0, err
    assert "pretrained word vectors (failed)" in out
    assert "failed with seed 42: word vectors /nowhere/glove.txt cannot be read" in " ".join(out.split())
    assert len(read_study(tmp_path / "out" / "ablation.json").ablations[0].variants[2].failed) == 1
