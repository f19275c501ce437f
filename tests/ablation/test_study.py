"""Ablations run: what is trained once is not trained again, what fails does not stop the rest."""

import errno
import json
from dataclasses import replace

import pytest
from transformers.trainer_callback import TrainerCallback

from cinefuse.ablation import study as running
from cinefuse.ablation.catalogue import Ablation, Variant
from cinefuse.ablation.plan import PlannedAblation, PlannedVariant
from cinefuse.ablation.study import ablate, run_name
from cinefuse.bundle import storing
from cinefuse.errors import CorpusError, EncoderError, RunError, SettingsError, StorageError
from cinefuse.reports.ablation import ablation_notes
from cinefuse.results.ablation import read_study
from cinefuse.training import fitting


@pytest.fixture
def planned(tiny_settings):
    """Two variants of a poster model, small, and what would plan them."""

    def make(*recipes_and_assignments, name="width"):
        variants = [
            PlannedVariant(
                Variant(label, "cnn-vision", tuple(assignments)), tiny_settings("cnn-vision", *assignments)
            )
            for label, *assignments in recipes_and_assignments
        ]
        ablation = Ablation(name, "Widths", "How wide?", tuple(one.variant for one in variants))
        return PlannedAblation(ablation, tuple(variants))

    return make


NARROW, WIDE = ("narrow", "cnn_widths=4,8"), ("wide", "cnn_widths=8,16")


@pytest.fixture
def counted(monkeypatch):
    """The folders in which something is trained or scored from here on."""
    folders = []
    before = running.train_and_score

    def count(name, settings, corpus, folder, **how):
        folders.append(folder.name)
        return before(name, settings, corpus, folder, **how)

    monkeypatch.setattr(running, "train_and_score", count)
    return folders


def test_variants_are_trained_once_and_held_against_the_reference(planned, counted, tiny_corpus, tmp_path):
    study = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out", seeds=2)
    assert study == read_study(tmp_path / "out" / "ablation.json")
    (ablation,) = study.ablations
    assert (study.corpus.name, study.corpus.split, study.corpus.movies) == ("tiny", "dev", 15)
    narrow, wide = ablation.variants
    assert [(one.label, one.reference) for one in (narrow, wide)] == [("narrow", None), ("wide", "narrow")]
    assert [[result.seed for result in one.results] for one in (narrow, wide)] == [[42, 43]] * 2
    assert wide.settings == {"cnn_widths": [8, 16]}
    assert narrow.difference is None
    means = [sum(result.metrics["f1_macro"] for result in one.results) / 2 for one in (narrow, wide)]
    assert wide.difference.difference == pytest.approx(means[1] - means[0])
    assert wide.difference.low <= wide.difference.difference <= wide.difference.high
    assert 0 < wide.difference.p == wide.difference.p_holm <= 1  # one test: nothing to correct
    assert len(counted) == 4
    for run in (*narrow.runs, *wide.runs):
        assert json.loads((tmp_path / "out" / run / "dev.json").read_text())["model"] == "cnn-vision"
    table = (tmp_path / "out" / "tables" / "width.md").read_text()
    assert "| cnn-vision | wide |" in table
    # again, as another call would: everything is there
    counted.clear()
    again = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out", seeds=2)
    assert counted == []
    assert again == study


def test_variants_that_come_to_the_same_share_a_run(planned, counted, tiny_corpus, tmp_path):
    one, other = planned(NARROW, WIDE), planned(WIDE, ("with none", "cnn_widths=8,16", "flip=0"), name="flip")
    study = ablate([one, other], tiny_corpus, tmp_path / "out")
    assert len(counted) == 3
    assert study.ablations[0].variants[1].runs == study.ablations[1].variants[0].runs


def test_what_was_broken_off_goes_on(planned, counted, tiny_corpus, tmp_path, monkeypatch):
    class BreakOff(TrainerCallback):
        def on_epoch_begin(self, args, state, control, **_):
            if state.global_step:
                raise KeyboardInterrupt

    whole = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "whole")
    counted.clear()
    ablate([planned(NARROW)], tiny_corpus, tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "Watch", lambda _: BreakOff())
        with pytest.raises(KeyboardInterrupt):
            ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")
    broken = tmp_path / "out" / "runs" / counted[-1]
    checkpoints = [path.name for path in (broken / "checkpoints").iterdir()]
    assert checkpoints == ["checkpoint-5"]
    study = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")
    assert len(set(counted)) == 2
    assert [one.results[0].metrics for one in study.ablations[0].variants] == [
        one.results[0].metrics for one in whole.ablations[0].variants
    ]


def test_a_variant_that_fails_does_not_stop_the_others(planned, tiny_corpus, tmp_path, monkeypatch):
    before = running.train_and_score

    def fail(name, settings, corpus, folder, **how):
        if settings.cnn_widths == (8, 16):
            raise RuntimeError("out of memory\nsaid the device")
        return before(name, settings, corpus, folder, **how)

    monkeypatch.setattr(running, "train_and_score", fail)
    three = planned(NARROW, WIDE, ("other", "cnn_widths=4,4"))
    study = ablate([three], tiny_corpus, tmp_path / "out")
    narrow, wide, other = study.ablations[0].variants
    assert (len(narrow.results), len(wide.results), len(other.results)) == (1, 0, 1)
    assert (wide.failed[0].seed, wide.failed[0].error) == (42, "RuntimeError: out of memory")
    assert wide.difference is None
    assert other.difference is not None
    table = (tmp_path / "out" / "tables" / "width.md").read_text()
    assert "wide (failed)" in table
    page = (tmp_path / "out" / "report.html").read_text()
    assert "cnn-vision, wide: failed with seed 42: RuntimeError: out of memory" in page
    # mended, it is trained and the rest is not
    monkeypatch.setattr(running, "train_and_score", before)
    study = ablate([three], tiny_corpus, tmp_path / "out")
    assert not study.ablations[0].variants[1].failed


def test_without_its_reference_nothing_is_tested(planned, tiny_corpus, tmp_path, monkeypatch):
    before = running.train_and_score

    def fail(name, settings, corpus, folder, **how):
        if settings.cnn_widths == (4, 8):
            raise RunError("no")
        return before(name, settings, corpus, folder, **how)

    monkeypatch.setattr(running, "train_and_score", fail)
    (ablation,) = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out").ablations
    assert ablation.untested == "cnn-vision: the reference 'narrow' failed"
    assert ablation.variants[0].failed[0].error == "no"


def test_without_its_reference_one_recipe_is_not_tested_and_the_other_is(
    planned, tiny_settings, tiny_corpus, tmp_path, monkeypatch
):
    posters = planned(NARROW, WIDE)
    plots = tuple(
        PlannedVariant(Variant(label, "lstm-text", (width,)), tiny_settings("lstm-text", width))
        for label, width in (("thin", "lstm_width=4"), ("thick", "lstm_width=8"))
    )
    ablation = Ablation(
        "both", "Both", "How wide?", (*posters.ablation.variants, *(o.variant for o in plots))
    )
    both = PlannedAblation(ablation, (*posters.variants, *plots))
    before = running.train_and_score

    def fail(name, settings, corpus, folder, **how):
        if settings.cnn_widths == (4, 8):
            raise RunError(f"{folder}: no\nand more")
        return before(name, settings, corpus, folder, **how)

    monkeypatch.setattr(running, "train_and_score", fail)
    (found,) = ablate([both], tiny_corpus, tmp_path / "out").ablations
    assert [one.difference is not None for one in found.variants] == [False, False, False, True]
    failed, why = ablation_notes(found)
    assert why == "Some differences are not tested: cnn-vision: the reference 'narrow' failed"
    # in one line, and without the folder's place, for the report may be sent around
    assert failed.startswith("cnn-vision, narrow: failed with seed 42: runs/cnn-vision-")
    assert failed.endswith("@42: no")


def test_a_full_disk_stops_all(planned, tiny_corpus, tmp_path, monkeypatch):
    def full(*_, **__):
        raise StorageError("the disk is full")

    monkeypatch.setattr(running, "train_and_score", full)
    with pytest.raises(StorageError):
        ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")


def test_a_full_disk_says_what_ablate_needs_and_the_same_call_goes_on(
    planned, tiny_corpus, tmp_path, monkeypatch
):
    def full(name, settings, corpus, folder, **how):
        with storing(folder):
            raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(running, "train_and_score", full)
        with pytest.raises(StorageError, match=r"the disk is full.*or with ablate the same command"):
            ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")
    # nothing is trained yet, and the folder is known as ours
    assert read_study(tmp_path / "out" / "ablation.json").ablations == []
    (ablation,) = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out").ablations
    assert ablation.variants[1].difference is not None


def test_what_an_earlier_call_found_stays_if_this_one_is_broken_off(
    planned, tiny_corpus, tmp_path, monkeypatch
):
    def stop(*_, **__):
        raise KeyboardInterrupt

    ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")
    before = (tmp_path / "out" / "ablation.json").read_bytes()
    monkeypatch.setattr(running, "train_and_score", stop)
    with pytest.raises(KeyboardInterrupt):
        ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out", seeds=2)
    assert (tmp_path / "out" / "ablation.json").read_bytes() == before


def test_another_split_is_scored_without_training_again(planned, tiny_corpus, tmp_path):
    ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")
    weights = list((tmp_path / "out" / "runs").glob("*/model.safetensors"))
    before = {path: path.stat().st_mtime_ns for path in weights}
    study = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out", split="test")
    assert study.corpus.split == "test"
    assert {one.results[0].corpus.split for one in study.ablations[0].variants} == {"test"}
    assert before == {path: path.stat().st_mtime_ns for path in weights}
    # the other split's predictions have been written over: they are made again rather than mixed up
    again = ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path / "out")
    assert again.ablations[0].variants[1].difference is not None


def test_a_folder_of_something_else_is_refused(planned, tiny_corpus, tmp_path):
    (tmp_path / "holiday.jpeg").touch()
    with pytest.raises(RunError, match="is not empty, and not of an ablation; allowed is a new folder"):
        ablate([planned(NARROW)], tiny_corpus, tmp_path)
    with pytest.raises(RunError, match="a file is in the way"):
        ablate([planned(NARROW)], tiny_corpus, tmp_path / "holiday.jpeg")
    with pytest.raises(CorpusError, match="no split 'tset'"):
        ablate([planned(NARROW)], tiny_corpus, tmp_path / "out", split="tset")
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpeg"]


def test_a_run_is_named_by_what_makes_it_that_run(tiny_settings, tiny_corpus):
    settings = tiny_settings("cnn-vision")
    name = run_name("cnn-vision", settings, tiny_corpus)
    assert name.startswith("cnn-vision-")
    assert name.endswith("@42")
    for idle in ({"report_to": "none"}, {"lstm_width": 7}, {"focal_gamma": 1.0}):
        assert run_name("cnn-vision", settings.model_copy(update=idle), tiny_corpus) == name
    seeded = run_name("cnn-vision", settings.model_copy(update={"seed": 43}), tiny_corpus)
    assert seeded == name.replace("@42", "@43")
    others = {
        name,
        run_name("cnn-vision", settings.model_copy(update={"dropout": 0.11}), tiny_corpus),
        run_name("cnn-vision", settings, replace(tiny_corpus, plot_rule="first")),
        run_name("resnet-vision", settings, tiny_corpus),
    }
    assert len(others) == 4


@pytest.fixture
def rules(tiny_settings):
    """Two plot rules on a text model."""
    variants = tuple(Variant(rule, "lstm-text", plot_rule=rule) for rule in ("longest", "first"))
    settings = tiny_settings("lstm-text")
    return PlannedAblation(
        Ablation("rules", "Rules", "Which plot?", variants),
        tuple(PlannedVariant(variant, settings) for variant in variants),
    )


def by_rule(corpus, cut):
    """Opens `corpus` by another rule: plots of so many words."""

    def shortened(movie):
        return replace(movie, plot=movie.plot and " ".join(movie.plot.split()[:cut]))

    def reread(rule):
        splits = {name: [shortened(movie) for movie in movies] for name, movies in corpus.splits.items()}
        return replace(corpus, plot_rule=rule, splits=splits)

    return reread


def test_another_plot_rule_is_another_corpus(rules, tiny_corpus, tmp_path):
    study = ablate([rules], tiny_corpus, tmp_path / "out", reread=by_rule(tiny_corpus, 2))
    longest, first = study.ablations[0].variants
    assert [one.results[0].corpus.plot_rule for one in (longest, first)] == ["longest", "first"]
    assert first.settings == {"plot_rule": "first"}
    assert first.difference is not None


def test_a_plot_rule_that_cannot_be_had_is_left_out(rules, tiny_corpus, tmp_path):
    (ablation,) = ablate([rules], tiny_corpus, tmp_path / "store").ablations
    for variant in ablation.variants:
        assert "has its plots by the rule 'longest' for good; give --corpus the source" in variant.left_out
    (ablation,) = ablate([rules], tiny_corpus, tmp_path / "same", reread=by_rule(tiny_corpus, 99)).ablations
    assert [one.left_out for one in ablation.variants] == [
        "",
        "every film's plot is the same as by 'longest' here",
    ]


def test_what_is_not_asked_for_again_stays(planned, tiny_corpus, tmp_path):
    first = planned(NARROW, WIDE)
    second = replace(first, ablation=replace(first.ablation, name="other"))
    ablate([first], tiny_corpus, tmp_path / "out")
    found = ablate([second], tiny_corpus, tmp_path / "out")
    assert [one.name for one in found.ablations] == ["other"]
    kept = read_study(tmp_path / "out" / "ablation.json").ablations
    assert sorted(one.name for one in kept) == ["other", first.ablation.name]
    page = (tmp_path / "out" / "report.html").read_text()
    assert '<h2 id="other">' in page
    assert f'<h2 id="{first.ablation.name}">' in page
    before = (tmp_path / "out" / "ablation.json").read_bytes()
    with pytest.raises(
        RunError, match=r"on 15 dev films of tiny \(width\), and this is 15 test films.*--out"
    ) as no:
        ablate([second], tiny_corpus, tmp_path / "out", split="test")
    assert str(no.value).endswith("--out:\n  - split: there dev, here test")
    others = replace(tiny_corpus, split_rule="random 70/15/15 (seed 1)")
    with pytest.raises(RunError, match=r"  - split_rule: there own, here random 70/15/15 \(seed 1\)$"):
        ablate([second], others, tmp_path / "out")
    assert (tmp_path / "out" / "ablation.json").read_bytes() == before


def test_ablations_come_in_the_catalogues_order(planned, tiny_corpus, tmp_path):
    for name in ("loss", "of mine", "lstm"):
        ablate([planned(NARROW, WIDE, name=name)], tiny_corpus, tmp_path / "out")
    found = read_study(tmp_path / "out" / "ablation.json").ablations
    assert [one.name for one in found] == ["lstm", "loss", "of mine"]


def test_a_folder_of_somebody_else_is_left_alone(planned, tiny_corpus, tmp_path):
    """`runs/` is what everybody calls such a folder."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(RunError, match="is not empty, and not of an ablation"):
        ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path)
    assert (tmp_path / "report.html").read_text() == "mine"
    (tmp_path / "ablation.json").write_text('{"mine": true}')
    with pytest.raises(RunError, match=r"ablation\.json: not a study written by this version"):
        ablate([planned(NARROW, WIDE)], tiny_corpus, tmp_path)
    assert (tmp_path / "report.html").read_text() == "mine"
    assert (tmp_path / "ablation.json").read_text() == '{"mine": true}'


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_a_split_without_films_is_refused(planned, tiny_corpus, tmp_path, split):
    empty = replace(tiny_corpus, splits={**tiny_corpus.splits, split: []})
    with pytest.raises(CorpusError, match=f"split {split}: no films; allowed is one or more"):
        ablate([planned(NARROW, WIDE)], empty, tmp_path / "out", split="test")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (
            None,
            SettingsError,
            r"word_vectors=.*vectors\.txt: no such file; allowed is one in GloVe's or word2vec's",
        ),
        (b"\xff\xfe\n", EncoderError, r"word vectors .*vectors\.txt cannot be read"),
        (b"cellar 1 2 3\n", EncoderError, r"line 1: 3 numbers; embedding_width=64 allows 64"),
    ],
)
def test_word_vectors_that_do_not_do_are_missed_before_anything_is_trained(
    tiny_settings, tiny_corpus, tmp_path, counted, content, error, message
):
    file = tmp_path / "vectors.txt"
    if content is not None:
        file.write_bytes(content)
    variants = tuple(
        PlannedVariant(Variant(label, "lstm-text", tuple(given)), tiny_settings("lstm-text", *given))
        for label, *given in (("without",), ("with", f"word_vectors={file}"))
    )
    planned = PlannedAblation(
        Ablation("vectors", "Vectors", "With?", tuple(one.variant for one in variants)), variants
    )
    with pytest.raises(error, match=message):
        ablate([planned], tiny_corpus, tmp_path / "out")
    assert counted == []
    assert not (tmp_path / "out").exists()


def test_every_variant_is_built_before_anything_is_trained(
    planned, tiny_corpus, tmp_path, counted, monkeypatch
):
    three = planned(NARROW, WIDE, ("other", "cnn_widths=4,4"))
    left_out = replace(three.variants[2], left_out="for a reason")
    three = replace(three, variants=(*three.variants[:2], left_out))
    built = []
    before = running.make_blueprints

    def refuse_wide(settings, tokenizer):
        built.append(settings.cnn_widths)
        if settings.cnn_widths == (8, 16):
            raise SettingsError("too wide")
        return before(settings, tokenizer)

    monkeypatch.setattr(running, "make_blueprints", refuse_wide)
    with pytest.raises(SettingsError, match="too wide"):
        ablate([three], tiny_corpus, tmp_path / "out")
    assert built == [(4, 8), (8, 16)]
    assert counted == []
    monkeypatch.setattr(running, "make_blueprints", lambda *_: built.append("again") or before(*_))
    built.clear()
    ablate([three], tiny_corpus, tmp_path / "out")
    assert len(built) == 2


def test_a_source_that_cannot_be_read_again_is_missed_before_anything_is_trained(
    rules, tiny_corpus, tmp_path, counted
):
    def reread(rule):
        raise CorpusError(f"not by {rule}")

    with pytest.raises(CorpusError, match="not by first"):
        ablate([rules], tiny_corpus, tmp_path / "out", reread=reread)
    assert counted == []
    assert not (tmp_path / "out").exists()
