"""Posters varied in training: every part as Pillow's own arithmetic has it, every poster by its own draw."""

import colorsys
import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from pydantic import ValidationError

from cinefuse.features.augmentation import Augmentation, AugmentationSettings, Variation, draw, vary

OFF = {"flip": 0, "rotation": 0, "brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}


def augment(posters, **settings):
    return Augmentation(AugmentationSettings(**OFF | settings))(posters)


def varied_one(image, **changes):
    """(H, W, 3) float in 0..255: the image varied in what is given, and in nothing else."""
    unchanged = {
        "mirrored": False,
        "angle": 0.0,
        "brightness": 1.0,
        "contrast": 1.0,
        "saturation": 1.0,
        "hue": 0.0,
    }
    how = Variation(**{name: torch.tensor([value]) for name, value in (unchanged | changes).items()})
    poster = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
    return vary(poster, how)[0].permute(1, 2, 0).numpy() * 255


@pytest.fixture
def image():
    """Of soft colours, none near enough to black or white to be cut off."""
    spots = np.random.default_rng(0).integers(40, 200, (8, 6, 3)).astype(np.uint8)
    return Image.fromarray(spots).resize((90, 120), Image.Resampling.BICUBIC)


@pytest.fixture
def posters():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (6, 3, 24, 16), generator=generator, dtype=torch.uint8)


def test_off_is_the_poster_itself(posters):
    assert torch.equal(augment(posters), posters.float() / 255)


def test_flip_1_mirrors_each_exactly(posters):
    torch.testing.assert_close(augment(posters, flip=1), posters.flip(-1).float() / 255, rtol=0, atol=1e-6)


def test_flip_a_half_mirrors_some(posters):
    torch.manual_seed(0)
    flipped = augment(posters.repeat(4, 1, 1, 1), flip=0.5)
    plain = posters.repeat(4, 1, 1, 1).float() / 255
    same, mirrored = ((flipped - one).abs().amax((1, 2, 3)) < 1e-5 for one in (plain, plain.flip(-1)))
    assert torch.all(same ^ mirrored)
    assert same.any()
    assert mirrored.any()


@pytest.mark.parametrize(
    "settings",
    [
        {"rotation": 30},
        {"brightness": 1},
        {"contrast": 1},
        {"saturation": 1},
        {"hue": 0.5},
        AugmentationSettings().model_dump(),
    ],
)
def test_each_changes_posters_and_keeps_them_in_0_to_1(posters, settings):
    torch.manual_seed(0)
    varied = augment(posters, **settings)
    assert varied.shape == posters.shape
    assert varied.dtype == torch.float32
    assert 0 <= varied.min() < varied.max() <= 1
    assert not torch.allclose(varied, posters.float() / 255, atol=0.05)


def test_each_poster_gets_its_own_draw(posters):
    torch.manual_seed(0)
    same = posters[:1].repeat(6, 1, 1, 1)
    varied = augment(same, **AugmentationSettings().model_dump())
    assert not any(torch.equal(varied[0], varied[index]) for index in range(1, 6))


def test_the_seed_decides(posters):
    augmentation = Augmentation(AugmentationSettings())
    made = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        made.append(augmentation(posters))
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


@pytest.mark.parametrize(
    ("part", "enhance"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_brightness_contrast_and_saturation_are_pillows(image, part, enhance, factor):
    # Pillow rounds its greys
    np.testing.assert_allclose(varied_one(image, **{part: factor}), enhance(image).enhance(factor), atol=1.2)


@pytest.mark.parametrize("degrees", [5, -5, 40])
def test_turning_is_pillows(image, degrees):
    turned = varied_one(image, angle=math.radians(degrees))
    expected = np.asarray(image.rotate(degrees, Image.Resampling.NEAREST))
    same = np.abs(turned - expected).max(-1) < 0.01
    assert same.mean() > 0.99, "but where two pixels are as near"


def test_parts_follow_each_other_as_in_pillow(image):
    varied = varied_one(
        image, mirrored=True, angle=math.radians(3), brightness=0.9, contrast=1.2, saturation=1.1
    )
    expected = ImageOps.mirror(image).rotate(3, Image.Resampling.NEAREST)
    for enhance, factor in (
        (ImageEnhance.Brightness, 0.9),
        (ImageEnhance.Contrast, 1.2),
        (ImageEnhance.Color, 1.1),
    ):
        expected = enhance(expected).enhance(factor)
    differences = np.abs(varied - np.asarray(expected)).max(-1)
    assert np.quantile(differences, 0.99) < 3, "Pillow rounds three times"


@pytest.mark.parametrize("share", [0.05, -0.05, 0.2])
def test_hue_turns_as_far_as_hsv_says_and_keeps_the_mean(image, share):
    hued = varied_one(image, hue=2 * math.pi * share, saturation=0.5)
    before, after = (
        np.array([colorsys.rgb_to_hsv(*pixel) for pixel in np.asarray(one).reshape(-1, 3) / 255])
        for one in (image, hued)
    )
    turns = (after[:, 0] - before[:, 0] - share + 0.5) % 1 - 0.5
    coloured = before[:, 1] > 0.2
    assert coloured.mean() > 0.5
    assert np.abs(turns[coloured]).max() < 0.01, "a circle beside HSV's hexagon"
    paler = varied_one(image, saturation=0.5)
    np.testing.assert_allclose(hued.mean(-1), paler.mean(-1), atol=0.01)


def test_grey_has_no_hue_and_no_saturation():
    greys = Image.fromarray(np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)).convert("RGB")
    np.testing.assert_allclose(varied_one(greys, hue=2.0, saturation=1.5), np.asarray(greys), atol=0.001)


def test_what_is_cut_off_is_cut_off_at_the_end():
    white = Image.new("RGB", (4, 4), (255, 255, 255))
    np.testing.assert_allclose(varied_one(white, brightness=1.5), 255)
    np.testing.assert_allclose(varied_one(white, brightness=1.5, contrast=0), 255)


def test_an_absent_poster_stays_black():
    assert (
        augment(torch.zeros(6, 3, 24, 16, dtype=torch.uint8), **AugmentationSettings().model_dump()).max()
        == 0
    )


def test_a_poster_is_varied_alike_in_any_company(posters):
    how = draw(AugmentationSettings(), 6)
    together = vary(posters, how)
    for index in range(6):
        alone = Variation(*(getattr(how, name)[index : index + 1] for name in Variation.__slots__))
        torch.testing.assert_close(vary(posters[index : index + 1], alone)[0], together[index])


def test_draws_are_even_up_to_the_largest_changes():
    torch.manual_seed(0)
    how = draw(AugmentationSettings(flip=0.3, rotation=10, brightness=0.2, hue=0.1), 20_000)
    assert how.mirrored.float().mean() == pytest.approx(0.3, abs=0.02)
    for drawn, middle, largest in (
        (how.angle, 0, math.radians(10)),
        (how.brightness, 1, 0.2),
        (how.contrast, 1, 0.15),
        (how.saturation, 1, 0.15),
        (how.hue, 0, 0.2 * math.pi),
    ):
        apart = (drawn - middle) / largest
        assert apart.quantile(torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])) == pytest.approx(
            [-1, -0.5, 0, 0.5, 1], abs=0.03
        )


def test_a_part_that_is_off_changes_no_draw_of_the_others():
    with_all, without = AugmentationSettings(), AugmentationSettings(flip=0, contrast=0)
    made = []
    for settings in (with_all, without):
        torch.manual_seed(5)
        made.append(draw(settings, 4))
    assert torch.equal(made[0].angle, made[1].angle)
    assert torch.equal(made[0].hue, made[1].hue)


def test_all_happens_where_the_posters_are(posters):
    varied = augment(posters.to("meta"), **AugmentationSettings().model_dump())
    assert varied.device.type == "meta"
    assert varied.shape == posters.shape


def test_the_posters_given_are_left_alone(posters):
    before = posters.clone()
    augment(posters, **AugmentationSettings().model_dump())
    assert torch.equal(posters, before)


def test_a_batch_of_one(posters):
    assert augment(posters[:1], **AugmentationSettings().model_dump()).shape == (1, 3, 24, 16)


@pytest.mark.parametrize(
    "fault", [{"flip": 1.5}, {"hue": 0.6}, {"rotation": -1}, {"brightness": 2}, {"blur": 1}]
)
def test_settings_that_do_not_fit(fault):
    with pytest.raises(ValidationError):
        AugmentationSettings(**fault)
