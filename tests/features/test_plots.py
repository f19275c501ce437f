"""Plots to token numbers."""

import tracemalloc

import numpy as np
import pytest
from pydantic import ValidationError
from tokenizers import Tokenizer
from tokenizers.models import BPE, WordLevel
from tokenizers.processors import TemplateProcessing

from cinefuse.errors import SettingsError
from cinefuse.features.plots import PlotSettings, encode_plots, fit_tokenizer, padding_token

PLOTS = ["The sea, the sea.", "The old house", "An old man and the sea"]


@pytest.fixture
def tokenizer():
    return fit_tokenizer(PLOTS, PlotSettings())


@pytest.fixture
def with_special_tokens(tokenizer):
    tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
    numbers = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=numbers)
    return tokenizer


def rows(encoded):
    return [tokens.tolist() for tokens in encoded.tokens]


def test_words_are_numbered_by_how_often_they_occur(tokenizer):
    vocabulary = tokenizer.get_vocab()
    assert (vocabulary["[PAD]"], vocabulary["[UNK]"]) == (0, 1)
    assert (vocabulary["the"], vocabulary["sea"], vocabulary["old"]) == (2, 3, 4)
    assert "The" not in vocabulary
    assert len(vocabulary) == 11  # the sea old , . house an man and, and the two above


def test_case_and_accents_do_not_matter(tokenizer):
    assert tokenizer.encode("THÉ SÉA").ids == tokenizer.encode("the sea").ids


def test_a_word_list_as_long_as_asked():
    short = fit_tokenizer(PLOTS, PlotSettings(vocabulary_size=4))
    assert set(short.get_vocab()) == {"[PAD]", "[UNK]", "the", "sea"}
    assert short.encode("the house").tokens == ["the", "[UNK]"]


def test_rare_words_are_unknown():
    assert set(fit_tokenizer(PLOTS, PlotSettings(minimum_word_count=2)).get_vocab()) == {
        "[PAD]",
        "[UNK]",
        "the",
        "sea",
        "old",
    }


def test_plots_are_not_padded_and_cut_at_their_end(tokenizer):
    encoded = encode_plots(["the sea", "the old house and the sea"], tokenizer, 4)
    assert [tokenizer.decode(tokens) for tokens in encoded.tokens] == ["the sea", "the old house and"]
    assert encoded.present == [True, True]
    assert encoded.padding == 0


def test_an_absent_plot_is_one_padding_token(tokenizer):
    encoded = encode_plots([None, "the sea"], tokenizer, 8)
    assert encoded.tokens[0].tolist() == [0]
    assert encoded.present == [False, True]


@pytest.mark.parametrize("plot", ["\x00\x01", "\u200b", "   ", ""])
def test_a_plot_without_anything_to_read_is_absent(with_special_tokens, tokenizer, plot):
    for one in (tokenizer, with_special_tokens):
        encoded = encode_plots([plot], one, 8)
        assert encoded.present == [False]
        assert rows(encoded) == [[0]]


def test_a_plot_of_unknown_words_is_there(tokenizer):
    encoded = encode_plots(["☃ zyx"], tokenizer, 8)
    assert encoded.present == [True]
    assert rows(encoded) == [[1, 1]]


def test_a_tokeniser_that_knows_no_word_for_unknown_finds_nothing():
    silent = Tokenizer(BPE({"<pad>": 0, "a": 1}, []))  # without an unknown token, letters are left out
    encoded = encode_plots(["a", "☃"], silent, 8)
    assert encoded.present == [True, False]
    assert rows(encoded) == [[1], [0]]


def test_special_tokens_count_and_survive_the_cut(with_special_tokens):
    encoded = encode_plots(["the old house and the sea", "sea"], with_special_tokens, 4)
    first = [with_special_tokens.id_to_token(number) for number in encoded.tokens[0]]
    assert first == ["[CLS]", "the", "old", "[SEP]"]
    assert len(encoded.tokens[1]) == 3


@pytest.mark.parametrize("max_tokens", [1, 2])
def test_a_cut_that_leaves_no_word(with_special_tokens, max_tokens):
    with pytest.raises(SettingsError, match=rf"max_tokens={max_tokens} leaves no room.*allowed is 3 or more"):
        encode_plots(["the sea"], with_special_tokens, max_tokens)


def test_a_tokenisers_own_padding_and_cut_are_set_aside(tokenizer):
    tokenizer.enable_padding(length=10)
    tokenizer.enable_truncation(1)
    assert [len(one) for one in encode_plots(["the sea", "the old sea"], tokenizer, 8).tokens] == [2, 3]


@pytest.mark.parametrize(
    ("words", "padding"),
    [(["a", "[PAD]"], 1), (["a", "b", "<pad>"], 2), (["a", "<|endoftext|>"], 0), (["a", "b"], 0)],
)
def test_the_padding_token_by_whatever_name(words, padding):
    assert padding_token(Tokenizer(WordLevel({word: n for n, word in enumerate(words)}))) == padding


def test_no_plots_at_all(tokenizer):
    assert rows(encode_plots([], tokenizer, 8)) == []


def test_plots_come_in_several_portions(tokenizer, monkeypatch):
    plots = ["the sea", None, "the old house", "sea", "", "an old man", "the"]
    whole = encode_plots(plots, tokenizer, 8)
    monkeypatch.setattr("cinefuse.features.plots.PLOTS_AT_ONCE", 3)
    portions = encode_plots(iter(plots), tokenizer, 8)
    assert rows(portions) == rows(whole)
    assert portions.present == whole.present == [True, False, True, True, False, True, True]


def test_tokens_by_their_row(tokenizer):
    tokens = encode_plots(["the sea", "old", "the old house"], tokenizer, 8).tokens
    assert len(tokens) == 3
    assert tokens[-1].tolist() == tokens[2].tolist() == list(tokens)[2].tolist()
    assert tokens[0].dtype == np.int64
    for outside in (3, -4):
        with pytest.raises(IndexError):
            tokens[outside]


def test_tokens_take_four_bytes_each(tokenizer):
    encode_plots(["the sea"], tokenizer, 128)  # whatever it imports
    tracemalloc.start()
    encoded = encode_plots(("the old sea " * 100 for _ in range(20_000)), tokenizer, 128)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(map(len, encoded.tokens)) == 128 * 20_000
    assert held < 20_000 * (4.5 * 128 + 24)
    assert peak < held + 10_000_000


@pytest.mark.parametrize("fault", [{"max_tokens": 0}, {"vocabulary_size": 2}, {"minimum_word_count": 0}])
def test_settings_that_do_not_fit(fault):
    with pytest.raises(ValidationError):
        PlotSettings(**fault)
