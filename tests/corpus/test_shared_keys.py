from collections import defaultdict

import numpy as np
import pytest

from cinefuse.corpus import shared_keys as module
from cinefuse.corpus.shared_keys import NONE, shared_keys


@pytest.mark.parametrize("n_different", [1, 40, 3_000, 10**9])
@pytest.mark.parametrize("at_once", [1 << 16, 300, 2_000])
def test_groups_are_those_of_a_dictionary(n_different, at_once, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    generator = np.random.default_rng(0)
    keys = generator.integers(0, n_different, 2_000).astype(np.uint64) * np.uint64(7)  # 0 is NONE
    splits = generator.integers(0, 3, 2_000).astype(np.int8)
    groups = defaultdict(list)
    for row, key in enumerate(keys.tolist()):
        groups[key].append(row)
    several = [rows for key, rows in groups.items() if key != NONE and len(rows) > 1]
    across = [rows for rows in several if len(set(splits[rows].tolist())) > 1]
    within = [rows for rows in several if rows not in across]
    found = shared_keys(keys, splits, n_groups=6, n_rows=4)
    assert found.movies == sum(map(len, several))
    assert found.across_splits == sum(map(len, across))
    assert found.groups == [rows[:4] for rows in (across + within)[:6]]


def test_nothing_shares_with_what_is_not_there():
    keys = np.full(9, NONE, dtype=np.uint64)
    assert shared_keys(keys, np.zeros(9, np.int8), 5, 5).movies == 0
