"""A soup: the mean of several runs' weights, a run like any other."""

import errno
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, BertConfig, PreTrainedTokenizerFast

from cinefuse import Predictor
from cinefuse import bundle as bundle_module
from cinefuse import soup as soup_module
from cinefuse.bundle import load_bundle
from cinefuse.combination import ensemble
from cinefuse.decisions import learn_decisions
from cinefuse.ensembles.members import digest_of
from cinefuse.errors import RunError, StorageError
from cinefuse.evaluation import evaluate
from cinefuse.experiment import run
from cinefuse.features.plots import PlotSettings, fit_tokenizer
from cinefuse.folds import Fold, split_off
from cinefuse.inference import score_table
from cinefuse.metrics.equating import LinearEquating
from cinefuse.soup import soup
from cinefuse.training.averaging import estimate_statistics
from cinefuse.training.settings import DecisionSettings

WHOLE = DecisionSettings(threshold="global")


@pytest.fixture(scope="module")
def encoder_with_tokens(tiny_corpus, tmp_path_factory):
    """A text encoder that brings its own tokeniser, the same for every run."""
    folder = tmp_path_factory.mktemp("encoder")
    config = BertConfig(
        vocab_size=200, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24
    )
    AutoModel.from_config(config).save_pretrained(folder)
    plots = [movie.plot for movie in tiny_corpus.split("train") if movie.plot]
    tokenizer = fit_tokenizer(plots, PlotSettings())
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folds(tiny_corpus, tiny_settings, tmp_path_factory):
    """A run of posters for each of two parts that are left out."""
    folder = tmp_path_factory.mktemp("folds")
    for number in (1, 2):
        settings = tiny_settings("cnn-vision", f"fold={number}/2", "report_to=none")
        run("cnn-vision", settings, tiny_corpus, folder / f"cnn-vision@{number}-of-2")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def made(folds, tiny_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "soup"
    return folder, soup(folds, tiny_corpus, folder)


def test_its_weights_are_the_mean_and_its_norms_statistics_are_learned_anew(made, folds, tiny_corpus):
    own, *others = (load_file(folder / "model.safetensors") for folder in (made[0], *folds))
    statistics = [name for name in own if "running_" in name]
    assert statistics
    for name, tensor in own.items():
        if tensor.is_floating_point() and name not in statistics:
            torch.testing.assert_close(tensor, (others[0][name] + others[1][name]) / 2)
    anew = Predictor.load(made[0])
    table = anew.features(tiny_corpus.split("train"))
    model = load_bundle(made[0]).model
    estimate_statistics(model, table, 8, 42)
    for name in statistics:
        torch.testing.assert_close(own[name], model.state_dict()[name])
    mean = [(others[0][name] + others[1][name]) / 2 for name in statistics]
    assert not all(torch.allclose(own[name], one) for name, one in zip(statistics, mean, strict=True))


def test_it_decides_by_films_that_each_run_has_not_seen(made, folds, tiny_corpus):
    dev = tiny_corpus.split("dev")
    scores, targets, lacking = [], [], []
    anew = Predictor.load(made[0])
    own = score_table(anew.bundle.model, anew.features(dev))
    for number, folder in enumerate(folds, 1):
        _, films = split_off(tiny_corpus.split("train"), tiny_corpus.genres, Fold(number, 2))
        opened = Predictor.load(folder)
        table = opened.features(films)
        alike = [film.poster is not None for film in dev]
        on_dev = score_table(opened.bundle.model, opened.features(dev))
        scale = LinearEquating().fit(on_dev[alike], own[alike])
        scores.append(scale.transform(score_table(opened.bundle.model, table)))
        targets += [[genre in film.genres for genre in tiny_corpus.genres] for film in films]
        lacking += table.all_lacking()
    told = np.concatenate(scores)
    expected = learn_decisions(DecisionSettings(threshold="per-genre"), told, {}, np.array(targets), lacking)
    record = anew.bundle.record
    assert record.learned_from == "unseen"
    assert record.thresholds == pytest.approx(expected.thresholds.thresholds_)
    np.testing.assert_allclose(record.calibration.slopes, expected.calibration.slopes, rtol=1e-4)
    np.testing.assert_allclose(record.calibration.intercepts, expected.calibration.intercepts, rtol=1e-3)


def test_it_is_a_run(made, folds, tiny_corpus):
    record = load_bundle(made[0]).record
    assert record == made[1].record
    assert record.recipe["threshold"] == record.threshold.rule == "per-genre"
    assert (record.model, record.recipe["fold"], record.trained_on["movies"]) == ("cnn-vision-soup", None, 36)
    assert record.soup == tuple(map(digest_of, folds))
    assert record.parameters == load_bundle(folds[0]).record.parameters
    assert record.seconds == pytest.approx(sum(load_bundle(one).record.seconds for one in folds))
    assert evaluate(Predictor.load(made[0]), tiny_corpus, "test").result.model == "cnn-vision-soup"
    assert len(Predictor.load(made[0]).predict(tiny_corpus.split("test"))) == 15


def test_it_says_what_it_and_its_runs_are_worth_on_dev(
    tiny_corpus, tiny_settings, encoder_with_tokens, tmp_path
):
    folders = [tmp_path / "1", tmp_path / "2"]
    for number, folder in enumerate(folders, 1):
        given = (f"text_encoder={encoder_with_tokens}", f"fold={number}/2", "report_to=none")
        run("late-fusion", tiny_settings("late-fusion", *given), tiny_corpus, folder)
    made = soup(folders, tiny_corpus, tmp_path / "soup")
    assert [one.name for one in made.on_dev] == ["1", "2", "soup"]
    assert any(not film.poster for film in tiny_corpus.split("dev"))  # is scored by shifts of its own
    for one, folder in zip(made.on_dev, (*folders, tmp_path / "soup"), strict=True):
        found = evaluate(Predictor.load(folder), tiny_corpus, "dev").result.metrics
        assert one.average_precision_macro == pytest.approx(found["average_precision_macro"])
        assert one.f1_macro == pytest.approx(found["f1_macro"])


def test_it_may_be_in_an_ensemble_or_a_teacher(made, tiny_run, tiny_corpus, tiny_settings, tmp_path):
    record = ensemble([made[0], tiny_run], tiny_corpus, tmp_path / "both")
    assert [one.model for one in record.members] == ["cnn-vision-soup", "late-fusion"]
    taught = tiny_settings("cnn-vision", f"teacher={made[0]}", "max_epochs=1")
    assert run("cnn-vision", taught, tiny_corpus, tmp_path / "taught").model == "cnn-vision"


def test_runs_of_other_seeds_decide_by_dev(folds, tiny_corpus, tiny_settings, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(soup_module, "say", said.append)
    for seed in (1, 2):
        settings = tiny_settings("cnn-vision", f"seed={seed}", "report_to=none")
        run("cnn-vision", settings, tiny_corpus, tmp_path / str(seed))
    made = soup([tmp_path / "1", tmp_path / "2"], tiny_corpus, tmp_path / "soup", WHOLE, name="mine")
    assert (made.record.model, made.record.learned_from, made.record.threshold.rule) == (
        "mine",
        "dev",
        "global",
    )
    opened = Predictor.load(tmp_path / "soup")
    table = opened.features(tiny_corpus.split("dev"))
    scores = score_table(opened.bundle.model, table)
    expected = learn_decisions(WHOLE, scores, {}, table.genres.numpy(), table.all_lacking())
    assert made.record.thresholds == pytest.approx(expected.thresholds.thresholds_)
    assert "note: runs of several seeds; whatever was not pretrained began at other weights in each" in said
    # a part that is missing is told by nobody that has not seen it
    assert soup([folds[0], tmp_path / "1"], tiny_corpus, tmp_path / "mixed").record.learned_from == "dev"


def test_people_are_those_of_all_training_films(people_corpus, tiny_settings, encoder_with_tokens, tmp_path):
    folders = []
    for number in (1, 2):
        settings = tiny_settings(
            "knowledge-graph", f"text_encoder={encoder_with_tokens}", f"fold={number}/2", "report_to=none"
        )
        folders.append(tmp_path / str(number))
        run("knowledge-graph", settings, people_corpus, folders[-1])
    made = soup(folders, people_corpus, tmp_path / "soup")
    bundle = load_bundle(tmp_path / "soup")
    assert bundle.people.films == tuple(film.id for film in people_corpus.split("train"))
    assert made.record.learned_from == "unseen"
    assert set(made.record.without) == {"plot", "poster"}
    assert len(Predictor.load(tmp_path / "soup").predict(people_corpus.split("test"))) == 15


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("lstm-text", "another tokeniser .each is learned from its own training plots"),
        ("mm-gatbt", "graph=neighbours remembers what the run made of its training films"),
        ("tfidf-bayes-text", "fitted by scikit-learn; allowed are runs that were trained by gradient"),
    ],
)
def test_runs_that_have_no_mean_are_refused(recipe, told, people_corpus, tiny_settings, tmp_path):
    for number in (1, 2):
        settings = tiny_settings(recipe, f"fold={number}/2")
        run(recipe, settings, people_corpus, tmp_path / str(number))
    with pytest.raises(RunError, match=told):
        soup([tmp_path / "1", tmp_path / "2"], people_corpus, tmp_path / "soup")
    assert not (tmp_path / "soup").exists()


def test_it_knows_what_its_runs_have_learned_from_and_no_more(people_corpus, tiny_settings, tmp_path):
    """Runs that all left out the same part have a mean that has not seen it either."""
    for seed in (1, 2):
        given = tiny_settings("cnn-vision", f"seed={seed}", "fold=1/2", "max_epochs=1")
        run("cnn-vision", given, people_corpus, tmp_path / str(seed))
    record = soup([tmp_path / "1", tmp_path / "2"], people_corpus, tmp_path / "soup").record
    kept, _ = split_off(people_corpus.split("train"), people_corpus.genres, Fold(1, 2))
    assert (record.recipe["fold"], record.trained_on["movies"]) == ("1/2", len(kept))


def test_counts_of_other_films_are_refused(tiny_corpus, tiny_settings, tmp_path):
    run("cnn-vision", tiny_settings("cnn-vision", "head=label-graph"), tiny_corpus, tmp_path / "1")
    shutil.copytree(tmp_path / "1", tmp_path / "2")
    weights = load_file(tmp_path / "2" / "model.safetensors")
    weights["head.ties"] = weights["head.ties"] + 1
    save_file(weights, tmp_path / "2" / "model.safetensors")
    with pytest.raises(RunError, match=r"2: other counts of its training films \(head.ties\) than"):
        soup([tmp_path / "1", tmp_path / "2"], tiny_corpus, tmp_path / "soup")


def test_a_full_disk_is_told_and_leaves_nothing(folds, tiny_corpus, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundle_module, "save_file", refuse)
    with pytest.raises(
        StorageError, match=r"soup: the soup could not be written, make room: .*the disk is full"
    ):
        soup(folds, tiny_corpus, tmp_path / "soup")
    assert list(tmp_path.iterdir()) == []


def test_runs_of_another_architecture_are_refused(folds, tiny_run, tiny_corpus, tiny_settings, tmp_path):
    with pytest.raises(RunError, match=r"other settings of the model \(.*text.*\) than .*cnn-vision@1-of-2"):
        soup([folds[0], tiny_run], tiny_corpus, tmp_path / "soup")
    wide = tiny_settings("cnn-vision", "cnn_widths=8,16", "max_epochs=1")
    run("cnn-vision", wide, tiny_corpus, tmp_path / "wide")
    with pytest.raises(RunError, match=r"other settings of the model \(cnn_widths\)"):
        soup([folds[0], tmp_path / "wide"], tiny_corpus, tmp_path / "soup")


def test_what_an_ensemble_refuses_it_refuses(folds, tiny_corpus, tmp_path):
    with pytest.raises(RunError, match="1 run to combine; allowed are two or more"):
        soup(folds[:1], tiny_corpus, tmp_path / "soup")
    shutil.copytree(folds[0], tmp_path / "twin")
    with pytest.raises(RunError, match="twin: the same run as"):
        soup([folds[0], tmp_path / "twin"], tiny_corpus, tmp_path / "soup")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="not empty; allowed is a new folder"):
        soup(folds, tiny_corpus, tmp_path / "taken")
