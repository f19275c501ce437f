from collections import Counter

import numpy as np
import pytest

from cinefuse.corpus.build import build_corpus
from cinefuse.corpus.record import CorpusRules
from cinefuse.corpus.splits import random_split, stratified_split
from cinefuse.errors import CorpusError


def test_random_split_is_numpys_permutation_of_the_seed():
    splits = np.array(random_split(103, 42))
    np.random.seed(42)  # noqa: NPY002 -- the recipe that is reproduced
    order = np.random.permutation(103)  # noqa: NPY002
    assert set(splits[order[:72]]) == {"train"}
    assert set(splits[order[72:87]]) == {"dev"}
    assert set(splits[order[87:]]) == {"test"}


def test_random_split_has_the_published_sizes():
    assert Counter(random_split(25_815, 42)) == {"train": 18_070, "dev": 3_872, "test": 3_873}


def test_random_split_leaves_numpys_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    random_split(50, 1)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


GENRES = ("common", "often", "rare")


def invented_genres(n_movies):
    rng = np.random.default_rng(0)
    chosen = rng.random((n_movies, 3)) < (0.8, 0.3, 0.04)
    chosen[:, 0] |= ~chosen.any(axis=1)
    return [tuple(genre for genre, has in zip(GENRES, row, strict=True) if has) for row in chosen]


def test_stratified_split_divides_every_genre():
    genres_of = invented_genres(1000)
    splits = stratified_split(genres_of, GENRES, 42)
    for genre in GENRES:
        having = Counter(split for split, genres in zip(splits, genres_of, strict=True) if genre in genres)
        total = having.total()
        assert having["train"] == pytest.approx(0.70 * total, abs=1.5)
        assert having["dev"] == pytest.approx(0.15 * total, abs=1.5)
        assert having["test"] == pytest.approx(0.15 * total, abs=1.5)


def test_stratified_split_depends_on_the_seed_alone():
    genres_of = invented_genres(200)
    assert stratified_split(genres_of, GENRES, 1) == stratified_split(genres_of, GENRES, 1)
    assert stratified_split(genres_of, GENRES, 1) != stratified_split(genres_of, GENRES, 2)


def test_stratified_split_with_one_genre():
    splits = Counter(stratified_split([("only",)] * 20, ("only",), 42))
    assert splits == {"train": 14, "dev": 3, "test": 3}


@pytest.mark.parametrize("divide", [lambda: random_split(9, 1), lambda: stratified_split([()] * 9, (), 1)])
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
