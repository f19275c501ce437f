"""Parts of the training films: together they are all of them, and genres are spread over them."""

from dataclasses import replace

import pytest

from cinefuse.corpus.movie import Movie
from cinefuse.errors import CorpusError, SettingsError
from cinefuse.experiment import make_tokenizer
from cinefuse.folds import Fold, split_off, training_movies
from cinefuse.recipes import compose, find_recipe


def test_every_film_is_in_one_part(tiny_corpus):
    train = tiny_corpus.split("train")
    parts = [split_off(train, tiny_corpus.genres, Fold(number, 4)) for number in range(1, 5)]
    assert sorted(movie.id for _, left_out in parts for movie in left_out) == sorted(one.id for one in train)
    for kept, left_out in parts:
        assert {one.id for one in kept} == {one.id for one in train} - {one.id for one in left_out}


def test_genres_are_spread_evenly():
    movies = [
        Movie(str(number), "a plot", genres=("Rare",) if number < 10 else ("Often",)) for number in range(60)
    ]
    for number in range(1, 6):
        _, left_out = split_off(movies, ("Often", "Rare"), Fold(number, 5))
        assert sum("Rare" in one.genres for one in left_out) == 2


def test_there_must_be_films_enough(tiny_corpus):
    with pytest.raises(
        CorpusError, match="fold=1/5: 3 training films cannot be put into 5 parts; allowed are up"
    ):
        split_off(tiny_corpus.split("train")[:3], tiny_corpus.genres, Fold(1, 5))


def test_a_run_is_trained_without_its_part(tiny_corpus):
    _, left_out = split_off(tiny_corpus.split("train"), tiny_corpus.genres, Fold(2, 3))
    seen = {movie.id for movie in training_movies(tiny_corpus, "2/3", unpaired=False)}
    assert seen == {movie.id for movie in tiny_corpus.split("train")} - {movie.id for movie in left_out}
    assert training_movies(tiny_corpus, None, unpaired=False) == tiny_corpus.split("train")


def test_words_of_the_part_are_none_of_its_own(tiny_corpus, tiny_settings):
    train = tiny_corpus.split("train")
    _, left_out = split_off(train, tiny_corpus.genres, Fold(2, 3))
    apart = {movie.id for movie in left_out}
    told = [replace(one, plot=f"{'unheard' if one.id in apart else 'common'} words") for one in train]
    corpus = replace(tiny_corpus, splits={**tiny_corpus.splits, "train": told})
    tokenizer = make_tokenizer(tiny_settings("lstm-text", "fold=2/3"), corpus)
    assert "common" in tokenizer.get_vocab()
    assert "unheard" not in tokenizer.get_vocab()
    assert "unheard" in make_tokenizer(tiny_settings("lstm-text", "fold=1/3"), corpus).get_vocab()


def test_no_teacher_may_know_the_part():
    with pytest.raises(
        SettingsError, match="fold=1/5 with teacher=runs/best: it may have learned from the films"
    ):
        compose(find_recipe("early-fusion"), ["fold=1/5", "teacher=runs/best"])


@pytest.mark.parametrize("given", ["2", "0/5", "6/5", "1/1", "a/b", "-1/5", "1/5/5", "2/ 5"])
def test_a_part_that_there_cannot_be_is_refused(given):
    with pytest.raises(SettingsError, match="allowed is NUMBER/COUNT, as 2/5: the second of five parts"):
        compose(find_recipe("cnn-vision"), [f"fold={given}"])


def test_a_part_has_one_name():
    assert compose(find_recipe("cnn-vision"), ["fold=02/5"]).fold == str(Fold.parse("2/5")) == "2/5"
