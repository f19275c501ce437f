"""Limits as settings."""

import pytest
from pydantic import ValidationError

from cinefuse.corpus.poster import MAX_PIXELS
from cinefuse.serving.limits import Limits


def test_every_limit_says_what_it_limits_and_in_what():
    for name, field in Limits.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue_films": 0},
        {"body_seconds": 0},
        {"body_seconds": float("inf")},
        {"batch_wait_ms": -1},
        {"poster_pixels": MAX_PIXELS + 1},
        {"batch_films": 300},  # more than the queue holds
        {"batch_pixels": 1_000},  # fewer than one poster may have
        {"send_seconds": 0},
        {"colour": 1},
    ],
)
def test_limits_that_are_none(wrong):
    with pytest.raises(ValidationError):
        Limits(**wrong)


def test_they_do_not_change():
    with pytest.raises(ValidationError):
        Limits().queue_films = 3
