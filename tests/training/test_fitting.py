"""Training: repeatable, resumable, and by the settings' word."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers.trainer_callback import TrainerCallback

from cinefuse.bundle import load_bundle
from cinefuse.errors import CorpusError, RunError, StorageError
from cinefuse.experiment import run
from cinefuse.inference import Predictor
from cinefuse.training import fitting
from cinefuse.training.checkpoints import last_whole_checkpoint
from cinefuse.training.trainer import GenreTrainer


def weights_of(directory):
    return load_file(directory / "model.safetensors")


def assert_same_run(one, other):
    first, second = weights_of(one), weights_of(other)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    records = [json.loads((directory / "bundle.json").read_text()) for directory in (one, other)]
    for record in records:
        del record["seconds"]
    assert records[0] == records[1]


@pytest.fixture
def train(tiny_corpus, tiny_settings, tmp_path):
    def make(name, *assignments, recipe="early-fusion", resume=False):
        run(recipe, tiny_settings(recipe, *assignments), tiny_corpus, tmp_path / name, resume=resume)
        return tmp_path / name

    return make


def test_the_same_seed_gives_the_same_weights_and_another_does_not(train):
    first, second, other = train("first"), train("second"), train("other", "seed=7")
    assert_same_run(first, second)
    assert any(
        not torch.equal(a, b)
        for a, b in zip(weights_of(first).values(), weights_of(other).values(), strict=True)
    )


class BreakOff(TrainerCallback):
    """Breaks training off at a step, as a kill would."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, state, control, **_):
        if state.global_step == self.step:
            raise KeyboardInterrupt


# 36 movies in batches of 8 are 5 steps an epoch: in the first epoch, at its end, and in later ones
@pytest.mark.parametrize("step", [2, 5, 6, 13])
def test_a_run_broken_off_and_resumed_is_the_run_undisturbed(train, monkeypatch, step):
    settings = ("max_epochs=3", "schedule=plateau", "plateau_patience=1", "early_stopping_patience=2")
    undisturbed = train("undisturbed", *settings)
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "Watch", lambda _: BreakOff(step))
        with pytest.raises(KeyboardInterrupt):
            train("broken", *settings)
    assert not (undisturbed.parent / "broken" / "bundle.json").exists()
    assert_same_run(undisturbed, train("broken", *settings, resume=True))
    histories = [
        json.loads((undisturbed.parent / name / "history.json").read_text())
        for name in ("undisturbed", "broken")
    ]
    for history in histories:
        for row in history:
            del row["seconds"]
    assert histories[0] == histories[1]


def test_a_checkpoint_written_by_half_is_passed_over(tmp_path):
    for step, state in ((5, '{"global_step": 5}'), (10, '{"global_st'), (15, None)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if state:
            (folder / "trainer_state.json").write_text(state)
    assert last_whole_checkpoint(tmp_path) == tmp_path / "checkpoint-5"
    assert last_whole_checkpoint(tmp_path / "none") is None


def test_a_finished_run_is_left_as_it_is(train):
    directory = train("run")
    before = (directory / "model.safetensors").stat().st_mtime_ns
    train("run", resume=True)
    assert (directory / "model.safetensors").stat().st_mtime_ns == before
    assert not (directory / "checkpoints").exists()


def test_out_that_exists_is_refused(train):
    train("run")
    with pytest.raises(RunError, match=r"exists and is not empty; allowed is a new folder, or --resume"):
        train("run")


def test_resuming_with_other_settings_names_what_differs(train):
    train("run")
    with pytest.raises(RunError, match=r"settings\.batch_size: started with 8, now 4"):
        train("run", "batch_size=4", resume=True)


def test_a_folder_that_is_no_run_is_not_resumed(train, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "holiday.jpeg").touch()
    with pytest.raises(RunError, match=r"not a run: its run\.json cannot be read"):
        train("run", resume=True)


def test_a_full_disk_loses_nothing(train, monkeypatch):
    undisturbed = train("undisturbed")
    saved = GenreTrainer._save_checkpoint
    saves = []

    def full_at_the_second(self, *args):
        saves.append(1)
        if len(saves) == 2:
            raise OSError(28, "No space left on device")
        saved(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(GenreTrainer, "_save_checkpoint", full_at_the_second)
        with pytest.raises(StorageError, match=r"the disk is full.*--resume"):
            train("full")
    assert_same_run(undisturbed, train("full", resume=True))


def test_a_corpus_without_plots_or_posters_is_refused(tiny_corpus, tiny_settings, tmp_path):
    from dataclasses import replace

    bare = [replace(movie, plot=None, poster=None) for movie in tiny_corpus.split("train")]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": bare})
    with pytest.raises(CorpusError, match="no training movie has a plot"):
        run("bert-text", tiny_settings("bert-text"), corpus, tmp_path / "text")
    with pytest.raises(CorpusError, match="no training movie has a poster"):
        run("cnn-vision", tiny_settings("cnn-vision"), corpus, tmp_path / "vision")


def test_pretrained_parts_get_their_own_rate_and_frozen_ones_none(tiny_corpus, tiny_settings, tmp_path):
    from cinefuse.experiment import make_tokenizer
    from cinefuse.features.table import encode_movies
    from cinefuse.model import GenreModel, make_blueprints

    settings = tiny_settings("bert-text", "pretrained_learning_rate=1e-5", "text_freeze=first-half")
    tokenizer = make_tokenizer(settings, tiny_corpus)
    table = encode_movies(
        tiny_corpus.split("train"), tiny_corpus.genres, settings, tokenizer, read_posters=False
    )
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), 3)
    model._loaded = ["text"]  # as after load_pretrained
    optimizer = GenreTrainer(model, table, table, settings, str(tmp_path)).create_optimizer()
    rate = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            assert id(parameter) not in rate, name
        elif ".backbone." in name:
            assert rate[id(parameter)] == 1e-5, name
        else:
            assert rate[id(parameter)] == settings.learning_rate, name
    assert any(not p.requires_grad for p in model.parameters())


def test_thresholds_follow_their_rule(train, tiny_corpus):
    fixed = load_bundle(train("fixed", "threshold=fixed", "fixed_threshold=0.4")).record
    assert set(fixed.thresholds) == {0.4}
    chosen = load_bundle(train("global")).record
    assert len(set(chosen.thresholds)) == 1
    assert chosen.threshold.value == chosen.thresholds[0]
    apart = load_bundle(train("apart", "threshold=per-genre")).record
    assert apart.threshold.value is None
    assert len(apart.thresholds) == 3


def test_the_best_epoch_is_kept(train, tiny_corpus):
    directory = train("run", "max_epochs=4")
    history = json.loads((directory / "history.json").read_text())
    best = max(row["f1_macro"] for row in history)
    from cinefuse.metrics.multilabel import score

    predictor = Predictor.load(directory)
    dev = predictor.features(tiny_corpus.split("dev"))
    found = score(predictor.score(dev), dev.genres.numpy().astype(bool), np.array(predictor.thresholds))
    assert found.metrics["f1_macro"] == pytest.approx(best)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert {"loss", "learning_rate", "f1_macro", "average_precision_macro", "seconds"} <= set(history[0])
