"""`cinefuse ablate` as a shell sees it."""

from functools import partial

import pytest

from cinefuse.ablation.catalogue import ABLATIONS
from cinefuse.cli.report import report
from cinefuse.corpus.store import write_store
from cinefuse.errors import RunError
from cinefuse.results.ablation import read_study


@pytest.fixture
def invoke(invoke, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    return partial(invoke, "ablate")


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


def test_word_vectors_that_are_not_there_are_missed_before_anything_is_trained(invoke, store, tmp_path):
    code, _, err = invoke(
        *("--corpus", store, "--out", tmp_path / "out", "--only", "lstm", *TINY),
        *("--set", "word_vectors=/nowhere/glove.txt"),
    )
    assert code == 2
    assert "word_vectors=/nowhere/glove.txt: no such file" in err
    assert not (tmp_path / "out").exists()


def test_a_variant_that_fails_is_named_and_ends_with_1(invoke, store, tmp_path, monkeypatch):
    from cinefuse.ablation import study

    before = study.train_and_score

    def fail(name, settings, corpus, folder, **how):
        if not settings.lstm_attention:
            raise RuntimeError("out of memory")
        return before(name, settings, corpus, folder, **how)

    monkeypatch.setattr(study, "train_and_score", fail)
    code, out, err = invoke("--corpus", store, "--out", tmp_path / "out", "--only", "lstm", *TINY)
    assert code == 1
    assert "no attention (failed)" in out
    assert "1 failed; the same command tries them again" in err
    assert "  - lstm: lstm-text, no attention (seed 42): RuntimeError: out of memory" in err
    assert (tmp_path / "out" / "report.html").exists()
    assert len(read_study(tmp_path / "out" / "ablation.json").ablations[0].variants[1].failed) == 1


def test_report_makes_the_page_anew(invoke, store, tmp_path, monkeypatch, capsys):
    invoke("--corpus", store, "--out", tmp_path / "out", "--only", "lstm", *TINY)
    page = tmp_path / "out" / "report.html"
    before = page.read_bytes()
    page.unlink()
    report(tmp_path / "out")
    assert page.read_bytes() == before
    # a comparison is read before an ablation
    (tmp_path / "out" / "comparison.json").write_text("{}")
    with pytest.raises(RunError, match=r"comparison\.json: not a comparison"):
        report(tmp_path / "out")
