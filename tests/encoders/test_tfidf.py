"""TF-IDF held against scikit-learn's own, term by term, from the text."""

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Tokenizer

from cinefuse.corpus.movie import Movie
from cinefuse.encoders import ENCODERS, EncoderSettings
from cinefuse.encoders.tfidf import _places
from cinefuse.errors import SettingsError
from cinefuse.features.plots import PlotSettings
from cinefuse.features.table import FeatureSettings, encode_movies

TRAIN = (
    "The old house by the sea; an old house, and an old, old letter.",
    "A letter from the SEA. Nobody reads the letter's end!",
    "Café Élan opens: the naïve owner can't read 2 letters by the sea",
    "An old house burns, old house by old house, by the sea",
)
NEW = (
    "The old house; an unknown word by the sea",
    "letter",
    "nothing of that is known",
    "!!",
    "sea old house",
)


class Settings(EncoderSettings, FeatureSettings):
    """All that reading plots takes."""


def table(plots, settings, tokenizer):
    movies = [Movie(str(number), plot, None) for number, plot in enumerate(plots)]
    return encode_movies(movies, ("Drama",), settings, tokenizer, read_posters=False)


def fitted(settings, plots=TRAIN):
    entry = ENCODERS["tfidf"]
    tokenizer = entry.tokenizer(settings, [plot for plot in plots if plot is not None])
    encoder = entry.from_blueprint(settings, entry.blueprint(settings, tokenizer)).eval()
    encoder.adapt(tokenizer, table(plots, settings, tokenizer))
    return encoder, tokenizer


def terms(tokenizer):
    """Terms by column."""
    numbers = tokenizer.get_vocab()
    return sorted(set(numbers) - {"[PAD]", "[UNK]"}, key=numbers.__getitem__)


@pytest.mark.parametrize("longest", [1, 2, 3])
@pytest.mark.parametrize("least", [1, 2])
def test_it_is_scikit_learns(longest, least):
    settings = Settings(longest_term=longest, minimum_plots=least)
    encoder, tokenizer = fitted(settings)
    theirs = TfidfVectorizer(ngram_range=(1, longest), min_df=least, sublinear_tf=True).fit(TRAIN)
    assert set(terms(tokenizer)) == set(theirs.vocabulary_)
    columns = [theirs.vocabulary_[term] for term in terms(tokenizer)]
    np.testing.assert_allclose(encoder.idf, theirs.idf_[columns], rtol=1e-6)
    plots = [*TRAIN, *NEW]
    with torch.no_grad():
        (batch,) = table(plots, settings, tokenizer).batches()
        found = encoder(batch).pooled.numpy()
    np.testing.assert_allclose(found, theirs.transform(plots).toarray()[:, columns], atol=1e-6)
    assert found.any(axis=1).tolist() == [*[True] * 4, True, True, False, False, True]


@pytest.mark.parametrize("plot", [None, "x y z!"])
def test_a_film_without_a_plot_or_without_a_word_counts_as_none(plot):
    settings = Settings(minimum_plots=1)
    with_it, without_it = fitted(settings, [*TRAIN, plot])[0], fitted(settings)[0]
    assert torch.equal(with_it.idf, without_it.idf)


def test_a_terms_words_in_a_row_are_looked_up_and_others_are_not():
    encoder, tokenizer = fitted(Settings(minimum_plots=1, longest_term=2), ("one two", "two three"))
    assert terms(tokenizer) == ["one", "three", "two", "one two", "two three"]
    with torch.no_grad():
        (batch,) = table(["three one two", "one unknown two"], Settings(), tokenizer).batches()
        found = encoder(batch).pooled > 0
    assert found.tolist() == [[True, True, True, True, False], [True, False, True, False, False]]


def test_its_vocabulary_comes_back_from_its_file():
    _, tokenizer = fitted(Settings(minimum_plots=1))
    again = Tokenizer.from_str(tokenizer.to_str())
    assert again.get_vocab() == tokenizer.get_vocab()
    assert again.encode("The OLD house's").tokens == ["the", "old", "house"]


@pytest.mark.parametrize(("plots", "least"), [(TRAIN, 5), (TRAIN, 9), (("! a", "b"), 1)])
def test_a_vocabulary_without_a_word(plots, least):
    with pytest.raises(SettingsError, match=rf"^minimum_plots={least}: no word is in so many training plots"):
        fitted(Settings(minimum_plots=least), plots)


def test_a_plot_that_is_cut_is_read_to_where_it_is_cut():
    encoder, tokenizer = fitted(Settings(minimum_plots=1))
    short = Settings(**PlotSettings(max_tokens=3).model_dump())
    with torch.no_grad():
        (cut,) = table(["the old house by the sea"], short, tokenizer).batches()
        (whole,) = table(["the old house"], Settings(), tokenizer).batches()
        assert torch.equal(encoder(cut).pooled, encoder(whole).pooled)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9])
def test_places_are_searchsorteds(count):
    ascending = 3 * torch.arange(count)
    wanted = torch.arange(-2, 3 * count + 2).reshape(2, -1) if count % 2 == 0 else torch.arange(-2, 3 * count)
    assert torch.equal(_places(ascending, wanted), torch.searchsorted(ascending, wanted))
