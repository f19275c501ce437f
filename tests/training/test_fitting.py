"""Training: repeatable, resumable, and by the settings' word."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers.trainer_callback import TrainerCallback

from cinefuse.bundle import load_bundle
from cinefuse.errors import CorpusError, RunError, StorageError
from cinefuse.experiment import make_tokenizer, run
from cinefuse.features.table import encode_movies
from cinefuse.inference import Predictor, score_table
from cinefuse.metrics.multilabel import score
from cinefuse.metrics.thresholds import GlobalThreshold
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.training import arguments, fitting
from cinefuse.training.arguments import training_arguments
from cinefuse.training.checkpoints import last_whole_checkpoint
from cinefuse.training.trainer import GenreTrainer

GENRES = ("Drama", "Comedy", "Horror")


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
    """Breaks training off, as a kill would: after a step, or after that many checkpoints were written."""

    def __init__(self, step=None, saves=None):
        self.step, self.saves = step, saves

    def on_save(self, args, state, control, **_):
        if self.saves is not None:
            self.saves -= 1
            if self.saves == 0:
                raise KeyboardInterrupt

    def on_step_end(self, args, state, control, **_):
        if state.global_step == self.step:
            raise KeyboardInterrupt


# 36 movies in batches of 8 are 5 steps an epoch: within the first, at its end, within the last, after saves
@pytest.mark.parametrize(
    "moment", [{"step": 2}, {"step": 5}, {"step": 13}, {"saves": 1}, {"saves": 3}], ids=str
)
def test_a_run_broken_off_and_resumed_is_the_run_undisturbed(train, monkeypatch, moment):
    check_resuming(train, monkeypatch, moment, "max_epochs=3", "early_stopping_patience=2")


def test_films_drawn_by_genre_are_the_same_in_a_resumed_run(train, monkeypatch):
    check_resuming(train, monkeypatch, {"step": 8}, "max_epochs=3", "sampling=class-aware")


def test_a_run_broken_off_after_early_stopping_does_not_train_on(train, monkeypatch):
    # a rate of nearly nothing changes no score, where no batch norm has statistics of its own: the first
    # epoch stays the best, and the third is the last
    settings = ("max_epochs=9", "early_stopping_patience=2", "learning_rate=1e-12")
    history = check_resuming(train, monkeypatch, {"saves": 3}, *settings, recipe="bert-text")
    assert len(history) == 3


def check_resuming(train, monkeypatch, moment, *settings, recipe="early-fusion"):
    settings = (*settings, "schedule=plateau", "plateau_patience=1")
    undisturbed = train("undisturbed", *settings, recipe=recipe)
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "Watch", lambda _: BreakOff(**moment))
        with pytest.raises(KeyboardInterrupt):
            train("broken", *settings, recipe=recipe)
    assert not (undisturbed.parent / "broken" / "bundle.json").exists()
    assert_same_run(undisturbed, train("broken", *settings, recipe=recipe, resume=True))
    histories = [
        json.loads((undisturbed.parent / name / "history.json").read_text())
        for name in ("undisturbed", "broken")
    ]
    for history in histories:
        for row in history:
            del row["seconds"]
    assert histories[0] == histories[1]
    return histories[0]


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


def test_torchs_own_words_for_a_full_disk_are_understood(tiny_corpus, tmp_path):
    """A limit on file sizes lets the weights pass and stops the optimiser state, twice as large."""
    script = f"""
import resource, signal, sys, torch
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from conftest import GENRES, make_movies, TINY
from pathlib import Path
from cinefuse import compose, find_recipe, run
from cinefuse.corpus.record import Corpus
from cinefuse.errors import StorageError
torch.set_num_threads(1)
corpus = Corpus("tiny", GENRES, {{"train": make_movies(24), "dev": make_movies(9, 1, "d")}}, "longest", "own")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
settings = compose(find_recipe("early-fusion"), TINY)
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_600_000, 2_600_000))
    run("early-fusion", settings, corpus, Path({str(tmp_path / "run")!r}))
except StorageError as error:
    print("understood:", error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("understood:"), done.stderr
    assert "--resume" in done.stdout
    saved = next((tmp_path / "run" / "checkpoints").glob("checkpoint-*"))
    assert (saved / "model.safetensors").exists(), "the weights did not pass: torch's writer was not reached"
    assert last_whole_checkpoint(saved.parent) is None


def test_thresholds_fit_the_model_as_it_is_saved(train, tiny_corpus):
    """Training in bfloat16 must not leave its rounding in the scores that thresholds are chosen by."""
    directory = train("half", "precision=bfloat16")
    predictor = Predictor.load(directory)
    # the last two lack a part, and have no say in the thresholds of complete films
    dev = predictor.features(tiny_corpus.split("dev")[:-2])
    fitted = GlobalThreshold().fit(predictor.score(dev), dev.genres.numpy())
    assert fitted.value_ == predictor.bundle.record.threshold.value
    assert all(p.dtype == torch.float32 for p in predictor.bundle.model.parameters())


def test_a_trained_model_scores_in_float32(tiny_corpus, tiny_settings, tmp_path):
    settings = tiny_settings("bert-text", "precision=bfloat16", "max_epochs=1")
    tokenizer = make_tokenizer(settings, tiny_corpus)
    table = encode_movies(tiny_corpus.split("train"), GENRES, settings, tokenizer, read_posters=False)
    model = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), 3)
    fitting.fit("bert-text", model, table, table, settings, tmp_path)
    model.eval()
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    again = GenreModel.from_blueprints(settings, make_blueprints(settings, tokenizer), 3)
    again.load_state_dict(kept)
    np.testing.assert_array_equal(score_table(model, table), score_table(again, table))


def test_a_corpus_without_plots_or_posters_is_refused(tiny_corpus, tiny_settings, tmp_path):
    bare = [replace(movie, plot=None, poster=None) for movie in tiny_corpus.split("train")]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": bare})
    with pytest.raises(CorpusError, match="no training movie has a plot"):
        run("bert-text", tiny_settings("bert-text"), corpus, tmp_path / "text")
    with pytest.raises(CorpusError, match="no training movie has a poster"):
        run("cnn-vision", tiny_settings("cnn-vision"), corpus, tmp_path / "vision")


def test_pretrained_parts_get_their_own_rate_and_frozen_ones_none(tiny_corpus, tiny_settings, tmp_path):
    settings = tiny_settings("bert-text", "text_freeze=first-half").model_copy(
        update={"pretrained_learning_rate": 1e-5}
    )
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
    predictor = Predictor.load(directory)
    dev = predictor.features(tiny_corpus.split("dev"))
    raw, targets = score_table(predictor.bundle.model, dev), dev.genres.numpy().astype(bool)
    thresholds = GlobalThreshold().fit(raw, targets).thresholds_
    assert score(raw, targets, thresholds).metrics["f1_macro"] == pytest.approx(best)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert {"loss", "learning_rate", "f1_macro", "average_precision_macro", "seconds"} <= set(history[0])


def test_a_last_batch_of_one_movie_is_left_out(tiny_corpus, tiny_settings, tmp_path):
    """Batch norm over one movie at one place has no statistics, and torch refuses it."""
    train = list(tiny_corpus.split("train"))[:33]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": train})
    record = run("resnet-vision", tiny_settings("resnet-vision", "max_epochs=1"), corpus, tmp_path / "run")
    assert record.trained_on["movies"] == 33


def test_torch_says_what_the_processor_multiplies(monkeypatch):
    flags = Path("/proc/cpuinfo")
    if not flags.exists():
        pytest.skip("no /proc/cpuinfo to hold it against")
    known = set(flags.read_text().split())
    assert arguments._multiplies_bfloat16() == bool({"amx_bf16", "avx512_bf16"} & known)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert arguments._multiplies_bfloat16()


@pytest.mark.parametrize("multiplies", [True, False])
def test_precision_is_what_the_processor_is_good_at(tiny_settings, tmp_path, monkeypatch, multiplies):
    if torch.cuda.is_available():
        pytest.skip("a GPU decides here")
    monkeypatch.setattr(arguments, "_multiplies_bfloat16", lambda: multiplies)
    settings = tiny_settings("bert-text").model_copy(update={"precision": "auto", "report_to": "none"})
    assert training_arguments(settings, str(tmp_path)).bf16 is multiplies
