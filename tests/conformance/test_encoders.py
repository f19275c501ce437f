"""Every registered encoder, because it is registered."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from cinefuse.encoders import ENCODERS, Encoder, EncoderSettings
from cinefuse.features.batch import Batch
from cinefuse.features.plots import PlotSettings, fit_tokenizer
from cinefuse.features.posters import PosterSettings

TOKENIZER = fit_tokenizer(["a quiet letter from an old house by the sea"], PlotSettings())


class Settings(EncoderSettings, PosterSettings):
    """What encoders may read."""


SMALL = Settings(
    poster_height=64,
    poster_width=48,
    text_encoder="small",
    vision_encoder="small",
    vision_freeze="none",
    embedding_width=8,
    lstm_width=6,
    cnn_widths=(4, 8),
)


def make_batch(movies: int = 3) -> Batch:
    generator = torch.Generator().manual_seed(0)
    lengths = torch.arange(movies) % 4 + 2
    mask = torch.arange(5)[None] < lengths[:, None]
    present = torch.arange(movies) != movies - 1 if movies > 1 else torch.ones(1, dtype=torch.bool)
    return Batch(
        plot_tokens=torch.randint(1, 5, (movies, 5), generator=generator) * mask,
        plot_mask=mask,
        has_plot=present,
        posters=torch.randint(0, 256, (movies, 3, 64, 48), generator=generator, dtype=torch.uint8),
        has_poster=present,
    )


def build(name: str) -> Encoder:
    torch.manual_seed(0)
    entry = ENCODERS[name]
    return entry.from_blueprint(SMALL, entry.blueprint(SMALL, TOKENIZER))


@pytest.fixture(params=list(ENCODERS))
def encoder(request):
    return build(request.param)


def test_shapes_are_those_announced(encoder):
    encoded = encoder(make_batch())
    batch, length, width = encoded.tokens.shape
    assert (batch, width) == (3, encoder.out_features)
    assert encoded.pooled.shape == (3, encoder.out_features)
    assert encoded.mask.shape == (3, length)
    assert encoded.mask.dtype == torch.bool
    assert encoded.tokens.dtype == encoded.pooled.dtype == torch.float32
    assert torch.isfinite(encoded.tokens).all()


def test_gradients_reach_every_trainable_parameter(encoder):
    encoded = encoder.train()(make_batch())
    (encoded.pooled.pow(2).sum() + encoded.tokens.pow(2).sum() + encoded.pooled.sum()).backward()
    untouched = [name for name, p in encoder.named_parameters() if p.requires_grad and p.grad is None]
    assert untouched == []


def test_evaluation_is_deterministic_and_one_movie_is_a_batch(encoder):
    encoder.eval()
    first, second = encoder(make_batch()).pooled, encoder(make_batch()).pooled
    assert torch.equal(first, second)
    assert encoder(make_batch(1)).pooled.shape == (1, encoder.out_features)


def test_an_absent_movie_gets_the_stand_in_and_the_others_do_not(encoder):
    encoder.eval()
    with torch.no_grad():
        encoder.absent.fill_(7.0)
    encoded = encoder(make_batch())
    assert torch.all(encoded.pooled[-1] == 7.0)
    assert torch.all(encoded.tokens[-1] == 7.0)
    assert not torch.any(torch.all(encoded.pooled[:-1] == 7.0, dim=1))


def test_absent_movies_have_no_say_in_training(encoder):
    present = torch.tensor([True, False, True, True, False, True])
    batch = replace(make_batch(6), has_plot=present, has_poster=present)
    another = deepcopy(encoder)
    torch.manual_seed(0)
    theirs = encoder.train()(batch.at(present))
    torch.manual_seed(0)
    among_others = another.train()(batch)
    torch.testing.assert_close(among_others.pooled[present], theirs.pooled)
    torch.testing.assert_close(among_others.tokens[present], theirs.tokens)
    torch.testing.assert_close(dict(another.named_buffers()), dict(encoder.named_buffers()))
    assert torch.equal(among_others.pooled[1], another.absent)
    assert torch.equal(among_others.present, present)


@pytest.mark.parametrize("n_present", [0, 1])
def test_a_batch_in_training_with_hardly_a_movie(encoder, n_present):
    present = torch.arange(3) < n_present
    batch = replace(make_batch(), has_plot=present, has_poster=present)
    before = {name: buffer.clone() for name, buffer in encoder.named_buffers()}
    encoded = encoder.train()(batch)
    assert torch.isfinite(encoded.tokens).all()
    torch.testing.assert_close(dict(encoder.named_buffers()), before)
    assert encoder.training


def test_padding_changes_nothing(encoder):
    if encoder.modality != "text":
        pytest.skip("posters have no padding")
    encoder.eval()
    batch = make_batch()
    longer = Batch(
        torch.cat([batch.plot_tokens, torch.zeros(3, 4, dtype=torch.long)], dim=1),
        torch.cat([batch.plot_mask, torch.zeros(3, 4, dtype=torch.bool)], dim=1),
        batch.has_plot,
    )
    torch.testing.assert_close(encoder(batch).pooled, encoder(longer).pooled)


def test_it_builds_on_the_meta_device_at_full_size(encoder):
    entry = type(encoder)
    settings = EncoderSettings()
    with torch.device("meta"):
        full = entry.from_blueprint(settings, entry.blueprint(settings, None))
    assert all(p.is_meta for p in full.parameters())
    assert set(map(id, (p for part in full.pretrainable() for p in part.parameters()))) <= set(
        map(id, full.parameters())
    )


def test_it_says_what_it_is():
    assert all(ENCODERS.describe()[name] for name in ENCODERS)
    assert {ENCODERS[name].modality for name in ENCODERS} == {"text", "vision"}
