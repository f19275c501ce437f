"""Movies as tensors, cut into batches."""

import numpy as np
import pytest
import torch

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster
from cinefuse.features.plots import PlotSettings, fit_tokenizer
from cinefuse.features.table import FeatureSettings, encode_movies, genre_matrix

GENRES = ("Drama", "Comedy", "Horror")
SETTINGS = FeatureSettings(max_tokens=6, poster_height=16, poster_width=16)


def poster(value):
    return ArrayPoster(np.full((16, 16, 3), value, dtype=np.uint8))


MOVIES = [
    Movie("a", "the old house by the sea", poster(10), ("Drama",)),
    Movie("b", "the sea", poster(20), ("Horror", "Drama")),
    Movie("c", None, poster(30), ("Comedy",)),
    Movie("d", "the old sea", None, ()),
    Movie("e", None, BytesPoster(b"no image"), ("Horror",)),
]


@pytest.fixture
def tokenizer():
    return fit_tokenizer([movie.plot for movie in MOVIES if movie.plot], PlotSettings())


@pytest.fixture
def table(tokenizer):
    return encode_movies(MOVIES, GENRES, SETTINGS, tokenizer, read_posters=True)


def test_a_batch_pads_to_its_own_longest_plot(table):
    assert table.lengths.tolist() == [6, 2, 1, 3, 1]
    assert table.batch([0, 1]).plot_tokens.shape == (2, 6)
    assert table.batch([1, 3]).plot_tokens.shape == (2, 3)
    assert table.batch([2]).plot_tokens.shape == (1, 1)


def test_the_mask_is_true_where_a_word_may_be_read(table, tokenizer):
    batch = table.batch([3, 1, 2])
    assert batch.plot_mask.tolist() == [[True, True, True], [True, True, False], [True, False, False]]
    assert batch.plot_mask.dtype == torch.bool
    words = [[tokenizer.id_to_token(number) for number in row] for row in batch.plot_tokens.tolist()]
    assert words == [["the", "old", "sea"], ["the", "sea", "[PAD]"], ["[PAD]", "[PAD]", "[PAD]"]]
    assert batch.has_plot.tolist() == [True, True, False]


def test_rows_come_in_the_order_asked_for(table):
    batch = table.batch([2, 0, 1])
    assert batch.posters[:, 0, 0, 0].tolist() == [30, 10, 20]
    assert batch.genres.tolist() == [[0, 1, 0], [1, 0, 0], [1, 0, 1]]
    assert batch.has_poster.tolist() == [True, True, True]


def test_a_batch_holds_copies(table):
    table.batch([0]).posters.zero_()
    table.batch([0]).genres.zero_()
    assert table.batch([0]).posters.max() == 10
    assert table.batch([0]).genres.sum() == 1


def test_posters_that_are_absent_are_zero_and_flagged(table):
    batch = table.batch([3, 4])
    assert batch.has_poster.tolist() == [False, False]
    assert not batch.posters.any()


def test_what_is_lacking_is_named_and_counted(table):
    assert table.all_lacking() == [
        (),
        (),
        ("plot",),
        ("poster",),
        ("plot", "poster"),
    ]
    assert table.absent == {"plot missing": 2, "poster missing": 1, "poster unreadable": 1}


def test_a_model_that_reads_plots_alone_lacks_no_posters(tokenizer):
    table = encode_movies(MOVIES, GENRES, SETTINGS, tokenizer, read_posters=False)
    assert table.absent == {"plot missing": 2}
    assert table.all_lacking()[3] == ()
    assert set(table.batch([0]).tensors()) == {"plot_tokens", "plot_mask", "has_plot", "genres"}


def test_a_model_that_sees_posters_alone_lacks_no_plots():
    table = encode_movies(MOVIES, GENRES, SETTINGS, None, read_posters=True)
    assert table.absent == {"poster missing": 1, "poster unreadable": 1}
    assert table.all_lacking()[2] == ()
    assert table.lengths.tolist() == [1] * 5
    assert set(table.batch([0, 1]).tensors()) == {"posters", "has_poster", "genres"}


def test_nothing_lacking_is_no_count_of_nought(tokenizer):
    assert encode_movies(MOVIES[:2], GENRES, SETTINGS, tokenizer, read_posters=True).absent == {}


def test_an_item_is_its_index(table):
    assert len(table) == 5
    assert [table[index] for index in (3, 0)] == [3, 0]


def test_genres_are_columns_in_the_order_given():
    assert genre_matrix(MOVIES[:2], ("Horror", "Comedy", "Drama")).tolist() == [[0, 0, 1], [1, 0, 1]]
    assert genre_matrix(MOVIES[3:4], GENRES).tolist() == [[0, 0, 0]]
    assert genre_matrix([], GENRES).shape == (0, 3)


def test_no_movies(tokenizer):
    assert len(encode_movies([], GENRES, SETTINGS, tokenizer, read_posters=True)) == 0
