"""Tokens are joined to the words they came from, by whatever mark the tokeniser leaves."""

from itertools import pairwise

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE, WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

from cinefuse.evaluation.words import Words
from cinefuse.features.plots import PlotSettings, fit_tokenizer

TEXT = "The widow's playing outside, unhappily."


def words_of(tokenizer, text):
    """(words, other groups) of a text, in order."""
    words, tokens = Words(tokenizer), np.array(tokenizer.encode(text).ids)
    places, is_word = words.group(tokens)
    groups = [words.text(tuple(tokens[start:end].tolist())) for start, end in pairwise(places.tolist())]
    assert places[0] == 0
    assert places[-1] == len(tokens)
    return (
        [one for one, is_one in zip(groups, is_word, strict=True) if is_one],
        [one for one, is_one in zip(groups, is_word, strict=True) if not is_one],
    )


def bert_like():
    special, words = (
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]"],
        ["the", "widow", "'", "s", "play", "out", "un", ",", "."],
    )
    pieces = ["##ing", "##side", "##hap", "##pi", "##ly"]
    vocabulary = {token: number for number, token in enumerate([*special, *words, *pieces])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=special[1]))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(special)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def test_word_pieces_are_joined_and_special_tokens_stay_apart():
    words, others = words_of(bert_like(), TEXT)
    assert words == ["the", "widow", "s", "playing", "outside", "unhappily"]
    assert others == ["[CLS]", "'", ",", ".", "[SEP]"]


def test_unknown_words_are_no_words():
    assert words_of(bert_like(), "the zyx widow") == (["the", "widow"], ["[CLS]", "[UNK]", "[SEP]"])


def test_a_plot_that_is_cut_within_a_word():
    tokenizer = bert_like()
    tokenizer.enable_truncation(4)
    assert words_of(tokenizer, "the playing") == (["the", "play"], ["[CLS]", "[SEP]"])


def test_byte_level_tokens_begin_a_word_with_their_mark():
    tokenizer = Tokenizer(BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    texts = ["the widow plays outside the house in the old cellar"] * 3
    trainer = BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")]
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    assert len(tokenizer.encode("cellars").ids) > 3, "it is in pieces"
    # the first word has no mark, and begins where the special token ends
    assert words_of(tokenizer, "old cellars, old widow.") == (
        ["old", "cellars", "old", "widow"],
        ["<s>", ",", ".", "</s>"],
    )


def test_tokens_that_mark_the_end_of_a_word():
    pieces = ["old</w>", "cel", "lars</w>", ",</w>", "widow</w>"]
    vocabulary = {token: number for number, token in enumerate(["<unk>", *pieces])}
    tokenizer = Tokenizer(BPE(vocabulary, [], end_of_word_suffix="</w>"))
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    words = Words(tokenizer)
    tokens = np.array([vocabulary[piece] for piece in ("old</w>", "cel", "lars</w>", ",</w>", "widow</w>")])
    places, is_word = words.group(tokens)
    assert places.tolist() == [0, 1, 3, 4, 5]
    assert is_word.tolist() == [True, True, False, True]
    assert words.text(tuple(tokens[1:3].tolist())) == "cellars"


@pytest.mark.parametrize("text", ["The old widow, the cellar.", "the"])
def test_words_learned_from_the_plots_are_whole(text):
    tokenizer = fit_tokenizer(["the old widow , cellar ."], PlotSettings())
    words, others = words_of(tokenizer, text)
    assert words == text.lower().replace(",", "").replace(".", "").split()
    assert set(others) <= {",", "."}


def test_special_tokens_that_were_added_later_are_no_words():
    tokenizer = fit_tokenizer(["the widow"], PlotSettings())
    tokenizer.add_special_tokens([AddedToken("<film>", special=True)])
    assert words_of(tokenizer, "the <film> widow") == (["the", "widow"], ["<film>"])
