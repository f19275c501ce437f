"""Explanations of real films by real encoders hold: without its highest-ranked words a genre falls."""

from dataclasses import replace

import pytest

from cinefuse import Movie, Predictor, compose, find_recipe, open_corpus, run
from cinefuse.explanation import explain
from cinefuse.explanation.deletion import deletion_test

FAST = ("profile=frozen", "poster_height=96", "poster_width=64", "max_tokens=64", "precision=float32")


@pytest.fixture(scope="module")
def films(shared):
    corpus = open_corpus(shared / "corpus" / "open")
    sizes = {"train": 240, "dev": 60, "test": 40}
    return replace(corpus, splits={name: list(corpus.split(name))[:size] for name, size in sizes.items()})


@pytest.fixture(scope="module")
def predictor(shared, films, tmp_path_factory):
    encoders = (
        f"text_encoder={shared / 'models' / 'minilm_l6'}",
        f"vision_encoder={shared / 'models' / 'mobilenet_v1_0.75_224'}",
    )
    directory = tmp_path_factory.mktemp("real") / "early-fusion"
    run("early-fusion", compose(find_recipe("early-fusion"), [*FAST, *encoders]), films, directory)
    return Predictor.load(directory)


@pytest.mark.slow
def test_the_highest_ranked_words_and_places_beat_random_ones(predictor, films):
    chosen = [movie for movie in films.split("test") if movie.plot and movie.poster][:8]
    found = deletion_test(predictor, chosen, draws=2, resamples=2_000)
    for row in found.words[1:3]:  # three and five words
        assert row.highest > 2 * max(row.random, 0.01)
        assert row.difference_interval[0] > 0
    assert found.places[2].difference_interval[0] > 0


@pytest.mark.slow
def test_word_pieces_are_words_again(predictor):
    plot = "The ex-astronaut's doppelg\u00e4nger doesn't haunt Transylvania \u2013 it <i>terrorises</i> it!"
    found = explain(predictor, Movie("m", plot=plot), "Horror")
    assert [word.text for word in found.words] == [
        *["The", "ex-astronaut's", "doppelg\u00e4nger", "doesn't", "haunt", "Transylvania"],
        *["it", "i", "terrorises", "i", "it"],
    ]
    assert all(plot[word.start : word.end] == word.text for word in found.words)
    assert found.modalities.poster is None
