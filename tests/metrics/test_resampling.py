"""What is drawn is the same however much of it is held at a time."""

import numpy as np
import pytest

from cinefuse.metrics import resampling
from cinefuse.metrics.resampling import bootstrap_weights, percentiles, swaps


@pytest.mark.parametrize("draw", [bootstrap_weights, swaps])
def test_draws_do_not_depend_on_chunks(draw, monkeypatch):
    whole = np.concatenate(list(draw(7, 30, 3)), axis=1)
    assert whole.shape == (7, 30)
    monkeypatch.setattr(resampling, "CHUNK_VALUES", 40)
    parts = list(draw(7, 30, 3))
    assert [part.shape[1] for part in parts] == [5] * 6
    assert (np.concatenate(parts, axis=1) == whole).all()


def test_a_resample_holds_as_many_films_as_there_are():
    weights = np.concatenate(list(bootstrap_weights(40, 300, 0)), axis=1)
    assert (weights.sum(axis=0) == 40).all()
    assert (weights == 0).mean() == pytest.approx((1 - 1 / 40) ** 40, abs=0.02)


def test_every_other_film_is_swapped():
    swapped = np.concatenate(list(swaps(40, 300, 0)), axis=1)
    assert set(np.unique(swapped)) == {0, 1}
    assert swapped.mean() == pytest.approx(0.5, abs=0.02)


def test_percentiles_leave_out_what_is_undefined():
    assert percentiles(np.array([np.nan, *range(101)]), 0.9) == pytest.approx((5, 95))
    with pytest.raises(ValueError, match="confidence: 1; allowed is between 0 and 1"):
        percentiles(np.ones(3), 1)
