"""Vision models from a folder: their own pixel constants, any poster size, what of them stands still."""

import json
import shutil

import pytest
import torch
from torch import nn

from cinefuse.encoders import EncoderSettings
from cinefuse.encoders.pixels import IMAGENET_MEAN, IMAGENET_STANDARD_DEVIATION
from cinefuse.encoders.vision_backbone import VisionBackbone
from cinefuse.errors import EncoderError
from cinefuse.features.batch import Batch

WIDTHS = {"resnet": 10, "mobilenet": 10, "vit": 8, "clip": 8}


def build(folder, **settings):
    chosen = EncoderSettings(
        vision="backbone", vision_encoder=str(folder), **{"vision_freeze": "none"} | settings
    )
    torch.manual_seed(0)
    blueprint = json.loads(json.dumps(VisionBackbone.blueprint(chosen, None)))
    return VisionBackbone.from_blueprint(chosen, blueprint), chosen


def loaded(folder, **settings):
    encoder, chosen = build(folder, **settings)
    encoder.load_pretrained(chosen, None)
    return encoder


def make_batch(movies=2, height=32, width=32):
    generator = torch.Generator().manual_seed(0)
    posters = torch.randint(0, 256, (movies, 3, height, width), generator=generator, dtype=torch.uint8)
    return Batch(posters=posters, has_poster=torch.ones(movies, dtype=torch.bool))


def statistics(encoder):
    return {name: tensor.clone() for name, tensor in encoder.named_buffers() if "running" in name}


@pytest.fixture
def with_preprocessing(encoder_folder, tmp_path):
    def make(content):
        folder = shutil.copytree(encoder_folder("resnet"), tmp_path / "resnet")
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / "preprocessor_config.json").write_text(text)
        return folder

    return make


def test_the_folders_own_pixel_constants_are_used(with_preprocessing):
    folder = with_preprocessing({"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.25, 0.125]})
    encoder, _ = build(folder)
    batch = make_batch()
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in ([0.1, 0.2, 0.3], [0.5, 0.25, 0.125]))
    seen = encoder.eval().backbone(pixel_values=(batch.posters / 255 - mean) / deviation).last_hidden_state
    torch.testing.assert_close(encoder(batch).pooled, seen.mean(dim=(2, 3)))


def test_imagenets_constants_where_the_folder_has_none(encoder_folder):
    blueprint = VisionBackbone.blueprint(EncoderSettings(vision_encoder=str(encoder_folder("resnet"))), None)
    assert (blueprint["mean"], blueprint["deviation"]) == (
        list(IMAGENET_MEAN),
        list(IMAGENET_STANDARD_DEVIATION),
    )


def test_a_folder_that_does_not_normalise(with_preprocessing):
    folder = with_preprocessing({"do_normalize": False, "image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    blueprint = VisionBackbone.blueprint(EncoderSettings(vision_encoder=str(folder)), None)
    assert (blueprint["mean"], blueprint["deviation"]) == ([0, 0, 0], [1, 1, 1])


def test_constants_on_another_scale_mean_the_same_pixels(with_preprocessing):
    """As EfficientNet's processor computes: value * factor - offset, less the mean, by the deviation."""
    given = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.25, 0.125]}
    folder = with_preprocessing(
        given | {"rescale_factor": 1 / 127.5, "rescale_offset": True, "include_top": True}
    )
    encoder, _ = build(folder)
    pixels = make_batch().posters
    mean, deviation = (torch.tensor(given[name]).view(3, 1, 1) for name in ("image_mean", "image_std"))
    expected = (pixels / 127.5 - 1 - mean) / deviation / deviation
    torch.testing.assert_close(encoder.norm(pixels), expected, rtol=1e-4, atol=1e-4)


def test_damaged_preprocessing_is_not_passed_over(with_preprocessing):
    with pytest.raises(EncoderError, match=r"preprocessor_config\.json cannot be read"):
        build(with_preprocessing("{no"))


@pytest.mark.parametrize("kind", WIDTHS)
def test_weights_are_loaded_and_said(encoder_folder, kind):
    folder = encoder_folder(kind, half=True)
    encoder, settings = build(folder)
    random = encoder.eval()(make_batch()).tokens
    assert encoder.load_pretrained(settings, None) == f"vision encoder: {folder}"
    assert {p.dtype for p in encoder.parameters()} == {torch.float32}
    assert not torch.allclose(random, encoder.eval()(make_batch()).tokens)


def test_pretrained_false_and_small_load_nothing(encoder_folder):
    for encoder, settings in (build(encoder_folder("resnet"), pretrained=False), build("small")):
        before = encoder.backbone
        assert encoder.load_pretrained(settings, None) is None
        assert encoder.backbone is before


@pytest.mark.parametrize("kind", WIDTHS)
def test_the_frozen_half_learns_nothing_and_keeps_its_statistics(encoder_folder, kind):
    encoder = loaded(encoder_folder(kind), vision_freeze="first-half")
    before = {name: parameter.detach().clone() for name, parameter in encoder.named_parameters()}
    before_statistics = statistics(encoder)
    frozen = {name for name, parameter in encoder.named_parameters() if not parameter.requires_grad}
    encoder.train()
    optimizer = torch.optim.SGD([p for p in encoder.parameters() if p.requires_grad], lr=1.0)
    encoder(make_batch(4)).tokens.pow(3).sum().backward()
    optimizer.step()
    changed = {
        name for name, parameter in encoder.named_parameters() if not torch.equal(parameter, before[name])
    }
    assert changed
    assert frozen
    assert not changed & frozen
    # a batch norm's statistics stay exactly where its weight is frozen
    for name, values in statistics(encoder).items():
        weight = name.rpartition(".")[0] + ".weight"
        assert torch.equal(values, before_statistics[name]) == (weight in frozen), name


def test_fixed_statistics_stay_in_trained_stages_too(encoder_folder):
    encoder = loaded(encoder_folder("resnet"), vision_fixed_statistics=True)
    before = statistics(encoder)
    assert before
    assert all(parameter.requires_grad for parameter in encoder.parameters())
    encoder.train()(make_batch(4))
    assert all(torch.equal(values, before[name]) for name, values in statistics(encoder).items())
    assert encoder.training
    assert not any(part.training for part in encoder.modules() if isinstance(part, nn.BatchNorm2d))


def test_without_them_statistics_move(encoder_folder):
    encoder = loaded(encoder_folder("resnet"))
    before = statistics(encoder)
    encoder.train()(make_batch(4))
    assert not any(torch.equal(values, before[name]) for name, values in statistics(encoder).items())


@pytest.mark.parametrize("kind", WIDTHS)
def test_an_encoder_frozen_whole_says_the_same_in_training(encoder_folder, kind):
    encoder = loaded(encoder_folder(kind), vision_freeze="all")
    expected = encoder.eval()(make_batch(4)).tokens
    torch.testing.assert_close(encoder.train()(make_batch(4)).tokens, expected, rtol=1e-3, atol=1e-4)


def test_mobilenet(shared):
    encoder = loaded(shared / "models" / "mobilenet_v1_0.75_224")
    assert encoder.out_features == 768
    # 2.6 million with its classifier of 1,000 or 1,001 classes, which is left behind
    assert sum(p.numel() for p in encoder.backbone.parameters()) == pytest.approx(1.82e6, rel=0.02)
    assert encoder.norm.mean.flatten().tolist() == [0.5] * 3
    assert encoder.norm.deviation.flatten().tolist() == [0.5] * 3
    with torch.inference_mode():
        assert encoder.eval()(make_batch(1, 224, 160)).tokens.shape == (1, 7 * 5, 768)
