"""Words as people see them, whatever the text holds and however the tokeniser cuts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE, WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel

from cinefuse.explanation.spans import find_words, weigh_words, without_words

TEXTS = {
    "plain words, and (some) signs!": ["plain", "words", "and", "some", "signs"],
    "don't can\u2019t 'n' it's": ["don't", "can\u2019t", "n", "it's"],
    "an ex-cop--twenty-year-old": ["an", "ex-cop", "twenty-year-old"],
    "U.S. troops in 1,000.5 days": ["U.S.", "troops", "in", "1,000.5", "days"],
    "end.Next e.g. J.R.R. Tolkien": ["end", "Next", "e.g.", "J.R.R.", "Tolkien"],
    "Zoe\u0308 and na\u00efve \U0001f44d\U0001f3fd love\u2764\ufe0fher": [
        "Zoe\u0308",
        "and",
        "na\u00efve",
        "love",
        "her",
    ],
    "<b>bold</b> & &amp;": ["b", "bold", "b", "amp"],
    "\u6771\u4eac": ["\u6771", "\u4eac"],
    "\u0939\u093f\u0928\u094d\u0926\u0940 film": ["\u0939\u093f\u0928\u094d\u0926\u0940", "film"],
    " \n--!? ": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_what_people_call_words(text):
    assert [text[start:end] for start, end in find_words(text)] == TEXTS[text]


def test_pieces_of_a_word_are_summed_and_signs_belong_to_none():
    text = "Don't, ex-cop"
    spans = [(0, 3), (3, 4), (4, 5), (5, 6), (7, 9), (9, 10), (10, 13), (0, 0)]
    words = weigh_words(text, spans, [1, 2, 4, 100, 8, 16, 32, 1000])
    assert [(word.text, word.weight) for word in words] == [("Don't", 7), ("ex-cop", 56)]


def test_a_word_without_a_piece_is_absent():
    words = weigh_words("one two three", [(0, 3), (4, 6)], [1.0, 2.0])
    assert [word.text for word in words] == ["one", "two"]


def test_a_piece_may_bring_the_blank_before_it():
    words = weigh_words("one two", [(0, 3), (3, 7)], [1.0, 2.0])
    assert [(word.text, word.weight) for word in words] == [("one", 1), ("two", 2)]


def test_a_piece_of_several_words_is_shared_out():
    words = weigh_words("love\u2764her one", [(0, 8), (9, 12)], [7.0, 1.0])
    assert [(word.text, word.weight) for word in words] == [("love", 4), ("her", 3), ("one", 1)]


def test_words_are_deleted_by_their_places(explanation, movie):
    first_blood = [explanation.words[3], explanation.words[1]]
    assert without_words(movie.plot, first_blood) == "The old writes:, blood in the cellar!"
    assert without_words("One two", [explanation.words[0].model_copy(update={"start": 0, "end": 3})]) == "two"


def _wordpiece():
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789'-.,"]
    pieces = ["[UNK]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106 -- a token of text
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    return tokenizer


def _bytes():
    tokenizer = Tokenizer(BPE({letter: n for n, letter in enumerate(ByteLevel.alphabet())}, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    return tokenizer


@pytest.mark.parametrize("tokenizer", [_wordpiece(), _bytes()], ids=["WordPiece", "bytes"])
@pytest.mark.parametrize("text", [text for text in TEXTS if TEXTS[text]])
def test_every_word_is_found_by_the_tokenisers_own_offsets(tokenizer, text):
    offsets = tokenizer.encode(text).offsets
    words = weigh_words(text, offsets, [1.0] * len(offsets))
    assert [word.text for word in words] == TEXTS[text]
    assert all(text[word.start : word.end] == word.text for word in words)


@given(st.text(max_size=60))
def test_spans_are_in_order_and_apart_and_without_blanks(text):
    spans = find_words(text)
    ends = [0, *(end for _, end in spans)]
    assert all(before <= start < end for before, (start, end) in zip(ends, spans, strict=False))
    assert not any(any(map(str.isspace, text[start:end])) for start, end in spans)
    # no letter of any script is lost between the words
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(place in covered or letter == "_" for place, letter in enumerate(text) if letter.isalnum())
