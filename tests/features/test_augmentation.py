"""Posters varied in training."""

import pytest
import torch
from pydantic import ValidationError

from cinefuse.features.augmentation import Augmentation, AugmentationSettings

OFF = {"flip": 0, "rotation": 0, "brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}


def augment(posters, **settings):
    return Augmentation(AugmentationSettings(**OFF | settings))(posters)


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
