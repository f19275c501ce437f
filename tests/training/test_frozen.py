"""Frozen encoders read every movie once, and nothing else changes by it."""

import numpy as np
import pytest
import torch

from cinefuse.experiment import make_tokenizer, run
from cinefuse.features.table import encode_movies
from cinefuse.inference import score_table
from cinefuse.model import GenreModel, make_blueprints
from cinefuse.training import frozen
from cinefuse.training.frozen import with_frozen

FROZEN = ("text_freeze=all", "vision_freeze=all", "flip=0")


@pytest.fixture
def kept(monkeypatch):
    """Nothing kept from other tests."""
    monkeypatch.setattr(frozen, "_kept", {})
    return frozen._kept


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
    model, table, settings = build(recipe, *FROZEN)
    model.encoders["text"].absent.data.fill_(0.5)  # one movie has no plot: the stand-in must still count
    made = with_frozen(model, table, settings)
    batch = made.batch([0, 1])
    assert batch.plot_tokens is None
    assert batch.posters is None
    np.testing.assert_allclose(score_table(model, made), score_table(model, table), atol=1e-6)


def test_only_attention_keeps_words_and_places(build):
    for recipe, longest in (("attention-fusion", True), ("early-fusion", False)):
        model, table, settings = build(recipe, *FROZEN)
        tokens = with_frozen(model, table, settings).batch([0, 1, 2]).text_tokens
        assert (tokens.shape[1] > 1) is longest


def test_what_is_trained_or_varied_is_read_every_time(build):
    model, table, settings = build("early-fusion", "text_freeze=all", "vision_freeze=first-half", "flip=0")
    batch = with_frozen(model, table, settings).batch([0])
    assert batch.plot_tokens is None
    assert batch.posters is not None
    model, table, settings = build("early-fusion", "text_freeze=first-half", "vision_freeze=all", "flip=0.5")
    batch = with_frozen(model, table, settings).batch([0])
    assert batch.plot_tokens is not None
    assert batch.posters is not None


def test_the_next_model_shares_it_and_other_weights_or_films_do_not(build, kept):
    model, table, settings = build("early-fusion", *FROZEN)
    with_frozen(model, table, settings)
    assert len(kept) == 2
    with_frozen(build("late-fusion", *FROZEN)[0], table, settings)
    assert len(kept) == 2
    with torch.no_grad():
        next(model.encoders["text"].parameters()).add_(0)
        model.encoders["text"].backbone.get_input_embeddings().weight.add_(1)
    with_frozen(model, table, settings)
    assert len(kept) == 3


def test_what_is_too_much_to_keep_runs_in_every_epoch(build, kept, monkeypatch):
    model, table, settings = build("attention-fusion", *FROZEN)
    monkeypatch.setattr(frozen, "MOST_BYTES", 100)
    assert with_frozen(model, table, settings).batch([0]).plot_tokens is not None
    assert set(kept.values()) == {None}, "and is not tried again"


def test_a_run_with_frozen_encoders_encodes_each_movie_once_a_split(
    tiny_corpus, tiny_settings, tmp_path, kept, monkeypatch
):
    seen = []
    encode = frozen._encode
    monkeypatch.setattr(
        frozen, "_encode", lambda *args, **kwargs: seen.append(len(args[1])) or encode(*args, **kwargs)
    )
    settings = tiny_settings("early-fusion", *FROZEN)
    run("early-fusion", settings, tiny_corpus, tmp_path / "run")
    assert sorted(seen) == [15, 15, 36, 36]


def test_constants_that_are_no_weights_make_another_encoder(build, kept):
    model, table, settings = build("resnet-vision", "vision_freeze=all", "flip=0")
    with_frozen(model, table, settings)
    model.encoders["vision"].norm.mean.add_(0.1)
    with_frozen(model, table, settings)
    assert len(kept) == 2
    pooled = [rows.pooled for rows in kept.values()]
    assert not torch.allclose(*pooled)


def test_no_more_is_kept_than_said(build, kept, monkeypatch):
    monkeypatch.setattr(frozen, "MOST_KEPT", 1)
    model, table, settings = build("early-fusion", *FROZEN)
    with_frozen(model, table, settings)
    assert len(kept) == 1
