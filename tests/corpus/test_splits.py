from collections import Counter

import numpy as np
import pytest

from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.record import CorpusRules
from cinefuse.corpus.splits import SHARES, random_split, stratified_split
from cinefuse.errors import CorpusError


def test_random_split_is_numpys_permutation_of_the_seed():
    splits = random_split(103, 42)
    np.random.seed(42)  # noqa: NPY002 -- the recipe that is reproduced
    order = np.random.permutation(103)  # noqa: NPY002
    assert set(splits[order[:72]]) == {0}
    assert set(splits[order[72:87]]) == {1}
    assert set(splits[order[87:]]) == {2}


def test_random_split_has_the_published_sizes():
    assert Counter(random_split(25_815, 42).tolist()) == {0: 18_070, 1: 3_872, 2: 3_873}


def test_random_split_leaves_numpys_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    random_split(50, 1)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def invented_labels(n_movies):
    rng = np.random.default_rng(0)
    labels = rng.random((n_movies, 3)) < (0.8, 0.3, 0.04)  # common, often, rare
    labels[:, 0] |= ~labels.any(axis=1)
    return labels


def test_stratified_split_divides_every_genre():
    labels = invented_labels(1000)
    splits = stratified_split(labels, 42)
    for genre in labels.T:
        total = genre.sum()
        assert np.bincount(splits[genre]) == pytest.approx(np.array(SHARES) * total, abs=1.5)


def test_stratified_split_depends_on_the_seed_alone():
    labels = invented_labels(200)
    assert (stratified_split(labels, 1) == stratified_split(labels, 1)).all()
    assert (stratified_split(labels, 1) != stratified_split(labels, 2)).any()


def test_stratified_split_with_one_genre():
    assert np.bincount(stratified_split(np.ones((20, 1), dtype=bool), 42)).tolist() == [14, 3, 3]


@pytest.mark.parametrize(
    "divide", [lambda: random_split(9, 1), lambda: stratified_split(np.zeros((9, 0), dtype=bool), 1)]
)
def test_too_few_movies(divide):
    with pytest.raises(CorpusError, match="9 movies with genres are too few"):
        divide()


@pytest.mark.parametrize("rule", ["random", "stratified"])
def test_the_rule_reaches_the_corpus(raw_folder, rule):
    for number in range(9, 13):  # four more, in no split
        for suffix in ("json", "jpeg"):
            source = raw_folder / "dataset" / f"000000{number - 8}.{suffix}"
            (raw_folder / "dataset" / f"00000{number:02d}.{suffix}").write_bytes(source.read_bytes())
    corpus = build_corpus(str(raw_folder), CorpusRules(split=rule, seed=7))
    assert corpus.split_rule == f"{rule} 70/15/15 (seed 7)"
    assert sum(len(movies) for movies in corpus.splits.values()) == 12
    assert corpus.skipped == {}


def test_rules_refuse_what_makes_no_sense():
    for wrong in ({"split": "half"}, {"seed": -1}, {"genres": ()}, {"genres": ("a", "a")}, {"colour": "red"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            CorpusRules(**wrong)
