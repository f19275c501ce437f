"""Frozen encoders read every movie once, and nothing else changes by it."""

import os

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cinefuse import cache, progress
from cinefuse.bundle import load_bundle
from cinefuse.evaluation import score_split
from cinefuse.experiment import make_tokenizer, run
from cinefuse.features.table import FeatureTable, encode_movies
from cinefuse.frozen import encoding, with_frozen
from cinefuse.inference import Predictor, score_table
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.training.trainer import GenreTrainer

FROZEN = ("text_freeze=all", "vision_freeze=all", "flip=0")


def recalled(model, table, **how):
    (made,) = with_frozen(model, [table], torch.device("cpu"), **how)
    return made


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Nothing kept from other tests."""
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(encoding, "_kept", {})
    return encoding._kept


@pytest.fixture
def build(tiny_corpus, tiny_settings, kept):
    def make(recipe, *assignments):
        torch.manual_seed(1)
        settings = tiny_settings(recipe, *assignments)
        tokenizer = make_tokenizer(settings, tiny_corpus)
        table = encode_movies(
            tiny_corpus.split("dev"), tiny_corpus.genres, settings, tokenizer, read_posters=True
        )
        blueprints = make_blueprints(settings, tokenizer)
        return GenreModel.from_blueprints(settings, blueprints, 3), table, settings

    return make


@pytest.mark.parametrize("recipe", ["early-fusion", "late-fusion", "attention-fusion"])
def test_the_scores_are_those_of_the_whole_model(build, recipe):
    model, table, _settings = build(recipe, *FROZEN)
    model.encoders["text"].absent.data.fill_(0.5)  # one movie has no plot: the stand-in must still count
    made = recalled(model, table)
    batch = made.batch([0, 1])
    assert batch.plot_tokens is None
    assert batch.posters is None
    np.testing.assert_allclose(score_table(model, made), score_table(model, table), atol=1e-6)


def test_only_attention_keeps_words_and_places(build):
    for recipe, longest in (("attention-fusion", True), ("early-fusion", False)):
        model, table, _settings = build(recipe, *FROZEN)
        tokens = recalled(model, table).batch([0, 1, 2]).text_tokens
        assert (tokens.shape[1] > 1) is longest


def test_what_is_trained_or_varied_is_read_every_time(build):
    model, table, settings = build("early-fusion", "text_freeze=all", "vision_freeze=first-half", "flip=0")
    batch = recalled(model, table).batch([0])
    assert batch.plot_tokens is None
    assert batch.posters is not None
    model, table, settings = build("early-fusion", "text_freeze=first-half", "vision_freeze=all", "flip=0.5")
    batch = recalled(model, table, posters_vary=settings.varies).batch([0])
    assert batch.plot_tokens is not None
    assert batch.posters is not None


def test_the_next_model_shares_it_and_other_weights_or_films_do_not(build, kept):
    model, table, _settings = build("early-fusion", *FROZEN)
    recalled(model, table)
    assert len(kept) == 2
    recalled(build("late-fusion", *FROZEN)[0], table)
    assert len(kept) == 2
    with torch.no_grad():
        next(model.encoders["text"].parameters()).add_(0)
        model.encoders["text"].backbone.get_input_embeddings().weight.add_(1)
    recalled(model, table)
    assert len(kept) == 3


def test_what_is_too_much_to_keep_runs_in_every_epoch(build, kept, monkeypatch):
    model, table, _settings = build("attention-fusion", *FROZEN)
    monkeypatch.setattr(encoding, "MOST_BYTES", 100)
    assert recalled(model, table).batch([0]).plot_tokens is not None
    assert set(kept.values()) == {None}, "and is not tried again"


def test_a_run_with_frozen_encoders_encodes_each_movie_once_a_split(
    tiny_corpus, tiny_settings, tmp_path, kept, monkeypatch
):
    seen = []
    encode = encoding._encode
    monkeypatch.setattr(
        encoding, "_encode", lambda *args, **kwargs: seen.append(len(args[1])) or encode(*args, **kwargs)
    )
    settings = tiny_settings("early-fusion", *FROZEN)
    run("early-fusion", settings, tiny_corpus, tmp_path / "run")
    assert sorted(seen) == [15, 15, 36, 36]


@pytest.mark.parametrize(
    ("recipe", "shared", "alone"),
    [
        ("resnet-vision", [15, 36], [23]),
        # every part has words of its own, and so another text encoder
        ("attention-fusion", [15, 15, 15, 36, 36, 36], [23, 23]),
    ],
)
def test_trainings_of_parts_share_what_encoders_made_of_all(
    recipe, shared, alone, tiny_corpus, tiny_settings, tmp_path, kept, monkeypatch
):
    """And learn as they would from what is made of their own films alone."""
    seen = []
    encode = encoding._encode
    monkeypatch.setattr(
        encoding, "_encode", lambda *args, **kwargs: seen.append(len(args[1])) or encode(*args, **kwargs)
    )
    frozen = FROZEN if recipe == "attention-fusion" else FROZEN[1:]
    of_fold = {
        number: tiny_settings(recipe, *frozen, f"fold={number}/3", "max_epochs=1", "report_to=none")
        for number in (1, 2)
    }
    for number, settings in of_fold.items():
        run(recipe, settings, tiny_corpus, tmp_path / f"shared-{number}")
    assert sorted(seen) == shared
    monkeypatch.setattr(FeatureTable, "within", lambda table, *_: table)
    run(recipe, of_fold[2], tiny_corpus, tmp_path / "alone")
    assert sorted(seen) == sorted([*shared, *alone])
    own, others = (load_bundle(tmp_path / name).model.state_dict() for name in ("alone", "shared-2"))
    for name, tensor in own.items():
        torch.testing.assert_close(others[name], tensor, atol=1e-4, rtol=1e-3)


def test_constants_that_are_no_weights_make_another_encoder(build, kept):
    model, table, _settings = build("resnet-vision", "vision_freeze=all", "flip=0")
    recalled(model, table)
    model.encoders["vision"].norm.mean.add_(0.1)
    recalled(model, table)
    assert len(kept) == 2
    pooled = [rows.pooled for rows in kept.values()]
    assert not torch.allclose(*pooled)


def test_no_more_is_kept_than_said(build, kept, monkeypatch):
    monkeypatch.setattr(encoding, "MOST_KEPT", 1)
    model, table, _settings = build("early-fusion", *FROZEN)
    recalled(model, table)
    assert len(kept) == 1


def test_another_process_reads_what_one_has_made(build, kept, monkeypatch):
    for recipe in ("early-fusion", "attention-fusion"):
        model, table, _settings = build(recipe, *FROZEN)
        first = recalled(model, table).batch(range(15))
        kept.clear()
        with monkeypatch.context() as patched:
            patched.setattr(encoding, "_encode", lambda *_, **__: pytest.fail("encoded again"))
            second = recalled(model, table).batch(range(15))
        assert first.tensors().keys() == second.tensors().keys()
        for name, tensor in first.tensors().items():
            assert torch.equal(second.tensors()[name], tensor), name


def test_a_damaged_file_is_made_anew(build, kept):
    model, table, _settings = build("early-fusion", *FROZEN)
    first = recalled(model, table).batch([0, 1])
    files = sorted(cache.cache_folder(cache.FROZEN).iterdir())
    for file in files:
        file.write_bytes(file.read_bytes()[:100])
    kept.clear()
    assert torch.equal(recalled(model, table).batch([0, 1]).text_pooled, first.text_pooled)
    assert sorted(cache.cache_folder(cache.FROZEN).iterdir()) == files
    assert all(file.stat().st_size > 100 for file in files)


def test_what_was_not_used_for_longest_makes_room(build, kept, monkeypatch):
    model, table, _settings = build("early-fusion", *FROZEN)
    recalled(model, table)
    (old, _) = sorted(cache.cache_folder(cache.FROZEN).iterdir())
    os.utime(old, (0, 0))
    sizes = sum(file.stat().st_size for file in cache.cache_folder(cache.FROZEN).iterdir())
    monkeypatch.setattr(cache, "MOST_BYTES", sizes)
    model.encoders["vision"].norm.mean.add_(0.1)
    recalled(model, table)
    assert not old.exists()
    assert len(list(cache.cache_folder(cache.FROZEN).iterdir())) == 2


def test_a_disk_that_refuses_stops_nothing(build, kept, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CINEFUSE_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(progress._State, "shown", True)
    model, table, _settings = build("early-fusion", *FROZEN)
    assert recalled(model, table).batch([0]).plot_tokens is None
    assert "is not kept for the next training" in capsys.readouterr().err


def test_checkpoints_hold_what_is_trained(tiny_corpus, tiny_settings, tmp_path, kept, monkeypatch):
    saved = []
    save = GenreTrainer._save

    def look(self, output_dir=None, state_dict=None):
        save(self, output_dir, state_dict)
        saved.append(load_file(f"{output_dir}/model.safetensors"))

    monkeypatch.setattr(GenreTrainer, "_save", look)
    settings = tiny_settings("early-fusion", *FROZEN, "max_epochs=2")
    run("early-fusion", settings, tiny_corpus, tmp_path / "run")
    of_encoders = {name for name in saved[0] if name.startswith("encoders.")}
    assert of_encoders == {"encoders.text.absent", "encoders.vision.absent"}
    best = load_bundle(tmp_path / "run").model.state_dict()
    assert any(all(torch.equal(one[name], best[name]) for name in one) for one in saved)


def test_a_head_is_trained_without_its_encoders_at_hand(build):
    model, table, _ = build("early-fusion", *FROZEN)
    made = recalled(model, table)
    head = model.recalling(made.recalled)
    assert head.is_head
    assert not model.is_head
    assert {name for name, _ in head.named_parameters() if name.startswith("encoders")} == {
        "encoders.text.absent",
        "encoders.vision.absent",
    }
    weights = dict(model.named_parameters())
    assert all(one is weights[name] for name, one in head.named_parameters()), "shared, not copied"
    np.testing.assert_allclose(score_table(head, made), score_table(model, table), atol=1e-6)
    with pytest.raises(AssertionError, match="nothing that was made of its text beforehand"):
        score_table(head, table)


def test_what_is_scored_again_is_not_encoded_again(tiny_corpus, tiny_settings, tmp_path, kept, monkeypatch):
    run("early-fusion", tiny_settings("early-fusion", *FROZEN), tiny_corpus, tmp_path / "run")
    predictor = Predictor.load(tmp_path / "run")
    plain = predictor.score(predictor.features(tiny_corpus.split("dev")))
    kept.clear()
    monkeypatch.setattr(encoding, "_encode", lambda *_, **__: pytest.fail("encoded again"))
    on_dev = score_split(predictor, tiny_corpus, "dev").predictions.probabilities
    np.testing.assert_allclose(on_dev, plain, atol=1e-5)


def test_who_watches_attention_sees_it(tiny_corpus, tiny_settings, tmp_path, kept):
    run("attention-fusion", tiny_settings("attention-fusion", *FROZEN), tiny_corpus, tmp_path / "run")
    predictor = Predictor.load(tmp_path / "run")
    movies = tiny_corpus.split("dev")
    assert predictor.split_features(movies, watched=True).batch([0]).plot_tokens is not None
    assert predictor.split_features(movies, watched=False).batch([0]).plot_tokens is None
