"""A saved run: opened as it was saved, or refused with the reason."""

import errno
import json
import shutil

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, MobileNetV1Config, PreTrainedTokenizerFast, RobertaConfig, ViTConfig
from transformers.models.auto import AutoModel
from transformers.utils import logging

from cinefuse import bundle as bundle_module
from cinefuse.bundle import (
    Bundle,
    BundleRecord,
    ScoringSettings,
    load_bundle,
    read_bundle_record,
    save_bundle,
)
from cinefuse.errors import RunError, StorageError
from cinefuse.experiment import make_tokenizer
from cinefuse.features.plots import PlotSettings, fit_tokenizer
from cinefuse.inference import Predictor
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.recipes import RECIPES
from cinefuse.results import ThresholdSummary


def make_bundle(name, settings, corpus, seed=0):
    """A bundle as training leaves it, with random weights."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(settings, corpus)
    blueprints = make_blueprints(settings, tokenizer)
    model = GenreModel.from_blueprints(settings, blueprints, len(corpus.genres))
    model.load_pretrained(settings, tokenizer)
    record = BundleRecord(
        model=name,
        scoring=ScoringSettings.of(settings),
        blueprints=blueprints,
        genres=corpus.genres,
        threshold=ThresholdSummary(rule="per-genre", value=None),
        thresholds=(0.3, 0.5, 0.7),
        parameters=model.parameter_counts(),
        recipe=settings.model_dump(mode="json"),
        trained_on={"corpus": corpus.name, "movies": 36},
        seconds=1.5,
        seed=seed,
    )
    return Bundle(record, model, tokenizer)


def probabilities(bundle, corpus):
    return Predictor(bundle, torch.device("cpu")).probabilities(corpus.split("test"))


@pytest.fixture
def saved(tiny_settings, tiny_corpus, tmp_path):
    """A saved bundle of late fusion, the test's own."""
    save_bundle(make_bundle("late-fusion", tiny_settings("late-fusion"), tiny_corpus), tmp_path / "run")
    return tmp_path / "run"


def change_record(run, **changes):
    path = run / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("name", RECIPES)
def test_it_comes_back_as_it_was_saved(name, tiny_settings, tiny_corpus, tmp_path):
    bundle = make_bundle(name, tiny_settings(name), tiny_corpus)
    before = probabilities(bundle, tiny_corpus)
    save_bundle(bundle, tmp_path / "run")
    opened = load_bundle(tmp_path / "run")
    assert opened.record.model_dump_json() == bundle.record.model_dump_json()
    assert not opened.model.training
    assert before.shape == (15, 3)
    assert np.array_equal(probabilities(opened, tiny_corpus), before)


def test_a_runs_folder_holds_no_pickle(tiny_run, saved):
    for run in (tiny_run, saved):
        files = [path for path in run.rglob("*") if path.is_file() and path.parent.name != "events"]
        assert {path.suffix for path in files} == {".json", ".safetensors"}
        assert not any(path.read_bytes()[:2] in {b"\x80\x02", b"\x80\x04", b"PK"} for path in files)


def test_a_run_that_is_finished_by_training_opens(tiny_run, tiny_corpus):
    opened = load_bundle(tiny_run)
    assert opened.record.model == "late-fusion"
    assert opened.record.genres == tiny_corpus.genres


def test_no_run(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(RunError, match=r"not a finished run: it has no bundle\.json; `cinefuse train`"):
            load_bundle(place)


def test_a_run_of_another_format(saved):
    change_record(saved, format=1)
    with pytest.raises(
        RunError, match=r"not a run that cinefuse \S+ \(format 2\) can read: format: .*train it again"
    ):
        load_bundle(saved)


def test_an_unknown_key(saved):
    change_record(saved, colour="blue")
    with pytest.raises(RunError, match="colour: Extra inputs are not permitted"):
        load_bundle(saved)


@pytest.mark.parametrize("content", ["{no", "", "[]", "null", "{}"])
def test_a_record_that_is_none(saved, content):
    (saved / "bundle.json").write_text(content)
    with pytest.raises(RunError, match=r"bundle\.json: not a run that cinefuse"):
        read_bundle_record(saved)


def test_thresholds_that_are_not_one_a_genre(saved):
    change_record(saved, thresholds=[0.5, 0.5])
    with pytest.raises(RunError, match="2 thresholds for 3 genres"):
        load_bundle(saved)


LINE = {"rule": "platt", "slopes": [1.0, 0.5, 2.0], "intercepts": [0.0, -1.0, 1.0]}


def test_a_calibration_is_kept(saved):
    assert load_bundle(saved).record.calibration is None
    change_record(saved, calibration=LINE)
    assert load_bundle(saved).record.calibration.model_dump(mode="json") == LINE


def test_a_run_from_before_calibration_opens_and_is_served(saved, tiny_corpus):
    record = json.loads((saved / "bundle.json").read_text())
    del record["calibration"]
    (saved / "bundle.json").write_text(json.dumps(record))
    opened = load_bundle(saved)
    assert opened.record.calibration is None
    assert Predictor(opened, torch.device("cpu")).thresholds.tolist() == [0.3, 0.5, 0.7]
    assert probabilities(opened, tiny_corpus).shape == (15, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slopes": [1.0]}, "1 slopes for 3 genres"),
        ({"intercepts": [0.0] * 4}, "4 intercepts for 3 genres"),
        ({"slopes": [1.0, 0.0, 1.0]}, "calibration.slopes.1: Input should be greater than 0"),
        ({"intercepts": [1.0, None, 1.0]}, "calibration.intercepts.1: Input should be a valid number"),
    ],
)
def test_a_calibration_that_does_not_fit(saved, changes, message):
    change_record(saved, calibration=LINE | changes)
    with pytest.raises(RunError, match=message):
        load_bundle(saved)


@pytest.mark.parametrize("part", ["model.safetensors", "tokenizer.json"])
def test_a_part_that_is_missing(saved, part):
    (saved / part).unlink()
    with pytest.raises(RunError, match=f"the run lacks {part}; train it again"):
        load_bundle(saved)


@pytest.mark.parametrize("part", ["model.safetensors", "tokenizer.json"])
def test_a_part_that_is_damaged(saved, part):
    content = (saved / part).read_bytes()
    (saved / part).write_bytes(content[: len(content) // 2])
    with pytest.raises(RunError, match="the run is damaged"):
        load_bundle(saved)


def test_weights_of_another_model(saved, tiny_settings, tiny_corpus, tmp_path):
    other = make_bundle("late-fusion", tiny_settings("late-fusion", "head_width=5"), tiny_corpus)
    save_bundle(other, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "model.safetensors", saved)
    with pytest.raises(RunError, match="the run is damaged"):
        load_bundle(saved)


def test_a_record_that_does_not_fit_the_weights(saved):
    change_record(saved, genres=["Drama", "Comedy"], thresholds=[0.5, 0.5])
    with pytest.raises(RunError, match="the run is damaged"):
        load_bundle(saved)


@pytest.mark.parametrize("fault", [{"blueprints": {}}, {"blueprints": {"text": {}, "vision": {}}}])
def test_a_record_of_which_nothing_can_be_built(saved, fault):
    change_record(saved, **fault)
    with pytest.raises(RunError, match="the run is damaged"):
        load_bundle(saved)


def test_a_fusion_that_this_version_does_not_have(saved):
    record = json.loads((saved / "bundle.json").read_text())
    change_record(saved, scoring=record["scoring"] | {"fusion": "telepathy"})
    with pytest.raises(RunError, match="telepathy"):
        load_bundle(saved)


TEXT = {
    "vocab_size": 40,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 12,
}
ENCODERS = {
    "bert and mobilenet": (
        BertConfig(**TEXT, pad_token_id=0),
        MobileNetV1Config(depth_multiplier=0.01, min_depth=4, initializer_range=0.5),
    ),
    "roberta and vit": (
        RobertaConfig(**TEXT, pad_token_id=1),
        ViTConfig(
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=12,
            image_size=48,
            patch_size=16,
        ),
    ),
}


@pytest.mark.parametrize("which", ENCODERS)
def test_a_run_opens_when_its_encoders_are_gone(which, tiny_settings, tiny_corpus, tmp_path):
    logging.disable_progress_bar()
    for name, config in zip(("text", "vision"), ENCODERS[which], strict=True):
        AutoModel.from_config(config).save_pretrained(tmp_path / "encoders" / name)
    tokenizer = fit_tokenizer(
        [movie.plot for movie in tiny_corpus.split("train") if movie.plot], PlotSettings()
    )
    unknown = ("[UNK]", tokenizer.token_to_id("[UNK]"))
    tokenizer.post_processor = TemplateProcessing(single="[UNK] $A", special_tokens=[unknown])
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(
        tmp_path / "encoders" / "text"
    )
    constants = {"image_mean": [0.3] * 3, "image_std": [0.2] * 3}
    (tmp_path / "encoders" / "vision" / "preprocessor_config.json").write_text(json.dumps(constants))
    paths = [f"{name}_encoder={tmp_path / 'encoders' / name}" for name in ("text", "vision")]

    bundle = make_bundle("early-fusion", tiny_settings("early-fusion", *paths), tiny_corpus)
    save_bundle(bundle, tmp_path / "run")
    before = probabilities(bundle, tiny_corpus)
    shutil.rmtree(tmp_path / "encoders")
    opened = load_bundle(tmp_path / "run")
    assert np.array_equal(probabilities(opened, tiny_corpus), before)
    assert opened.model.encoders["vision"].norm.mean.flatten().tolist() == pytest.approx([0.3] * 3)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "the disk refused: Read-only file system"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "No space left"),
    ],
)
def test_a_full_disk_leaves_the_earlier_run_as_it_was(
    saved, tiny_settings, tiny_corpus, monkeypatch, fault, said
):
    before = probabilities(load_bundle(saved), tiny_corpus)
    newer = make_bundle("late-fusion", tiny_settings("late-fusion"), tiny_corpus, seed=1)

    def full(weights, path):
        path.write_bytes(b"half of it")
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(bundle_module, "save_file", full)
        with pytest.raises(StorageError, match=f"{said}.*make room, then use --resume") as caught:
            save_bundle(newer, saved)
    assert str(saved) in str(caught.value)
    assert np.array_equal(probabilities(load_bundle(saved), tiny_corpus), before)
    save_bundle(newer, saved)
    assert not np.array_equal(probabilities(load_bundle(saved), tiny_corpus), before)
    assert {path.suffix for path in saved.iterdir()} == {".json", ".safetensors"}


def test_a_disk_that_fills_up_at_the_last_file_leaves_no_finished_run(
    tiny_settings, tiny_corpus, tmp_path, monkeypatch
):
    def full(record, path):
        raise StorageError(f"{path}: cannot be written")

    monkeypatch.setattr(bundle_module, "write_record", full)
    with pytest.raises(StorageError):
        save_bundle(make_bundle("cnn-vision", tiny_settings("cnn-vision"), tiny_corpus), tmp_path / "run")
    with pytest.raises(RunError, match="not a finished run"):
        load_bundle(tmp_path / "run")


def test_a_record_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / "bundle.json").mkdir()
    with pytest.raises(RunError, match=r"bundle\.json: cannot be read: Is a directory"):
        read_bundle_record(tmp_path)
