"""Word vectors from GloVe's and word2vec's text files, into the LSTM's embedding."""

import numpy as np
import pytest
import torch

from cinefuse.encoders import EncoderSettings
from cinefuse.encoders.bilstm import BiLSTM
from cinefuse.encoders.word_vectors import read_word_vectors
from cinefuse.errors import EncoderError
from cinefuse.features.plots import PlotSettings, fit_tokenizer

GLOVE = "the 0.5 -1.5 2e-1\nhouse 1 2 3\n. . . 7 8 9\nunused 0 0 1\n"


@pytest.fixture
def write(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "vectors.txt"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_gloves_format(write):
    found = read_word_vectors(write(GLOVE), {"the", "house", "absent"}, 3)
    assert set(found) == {"the", "house"}
    assert found["the"].dtype == np.float32
    assert found["the"].tolist() == pytest.approx([0.5, -1.5, 0.2])
    assert found["house"].tolist() == [1, 2, 3]


def test_word2vecs_first_line_is_passed_over(write):
    found = read_word_vectors(write("4 3\n" + GLOVE), {"the", "4"}, 3)
    assert set(found) == {"the"}


def test_words_with_spaces(write):
    assert read_word_vectors(write(GLOVE), {". . ."}, 3)[". . ."].tolist() == [7, 8, 9]


def test_words_beyond_ascii(write):
    assert read_word_vectors(write("naïve 1 2 3\n電影 4 5 6\n"), {"電影"}, 3)["電影"].tolist() == [4, 5, 6]


@pytest.mark.parametrize(("width", "line"), [(2, 1), (4, 1)])
def test_a_file_of_another_width_is_no_file_without_our_words(write, width, line):
    with pytest.raises(
        EncoderError, match=rf"vectors\.txt, line {line}: 3 numbers; embedding_width={width} allows"
    ):
        read_word_vectors(write(GLOVE), {"the"}, width)


@pytest.mark.parametrize(("broken", "numbers"), [("house 1 2", 2), ("house 1 2 3 4", 4), ("house", 0)])
def test_the_line_that_does_not_fit_is_named(write, broken, numbers):
    path = write(f"the 1 2 3\n{broken}\n")
    with pytest.raises(
        EncoderError, match=rf"line 2: {numbers} numbers; .*\(set embedding_width to the file's\)"
    ):
        read_word_vectors(path, {"the"}, 3)


def test_what_is_no_number(write):
    with pytest.raises(EncoderError, match=r"vectors\.txt cannot be read: .*'two'"):
        read_word_vectors(write("the 1 two 3\n"), {"the"}, 3)


def test_a_missing_file(tmp_path):
    with pytest.raises(EncoderError, match=r"word vectors .*none\.txt cannot be read: .*allowed is text"):
        read_word_vectors(tmp_path / "none.txt", {"the"}, 3)


def test_a_folder(tmp_path):
    with pytest.raises(EncoderError, match="cannot be read"):
        read_word_vectors(tmp_path, {"the"}, 3)


def test_what_is_not_utf_8(write):
    with pytest.raises(EncoderError, match="cannot be read: 'utf-8' codec"):
        read_word_vectors(write("naïve 1 2 3\n", "latin-1"), {"the"}, 3)


def make_encoder(vectors, width=3):
    tokenizer = fit_tokenizer(["the old house", "the sea"], PlotSettings())
    settings = EncoderSettings(text="bilstm", word_vectors=vectors, embedding_width=width, lstm_width=4)
    torch.manual_seed(0)
    encoder = BiLSTM.from_blueprint(settings, BiLSTM.blueprint(settings, tokenizer))
    before = encoder.embedding.weight.detach().clone()
    return encoder, before, encoder.load_pretrained(settings, tokenizer), tokenizer


def test_the_embedding_is_filled_and_its_coverage_said(write):
    path = write(GLOVE)
    encoder, before, line, tokenizer = make_encoder(path)
    # the, old, house, sea, [PAD] and [UNK]; the file has two of them
    assert line == f"{path}: 2 of 6 words found (33.3%)"
    after = encoder.embedding.weight
    assert after[tokenizer.token_to_id("the")].tolist() == pytest.approx([0.5, -1.5, 0.2])
    assert after[tokenizer.token_to_id("house")].tolist() == [1, 2, 3]
    for word in ("old", "sea", "[PAD]", "[UNK]"):
        assert torch.equal(after[tokenizer.token_to_id(word)], before[tokenizer.token_to_id(word)])
    assert after.requires_grad


def test_none_of_the_words_is_said_as_such(write):
    _, _, line, _ = make_encoder(write("elsewhere 1 2 3\n"))
    assert line.endswith("0 of 6 words found (0.0%)")


def test_without_a_file_nothing_is_loaded():
    encoder, before, line, _ = make_encoder(None)
    assert line is None
    assert torch.equal(encoder.embedding.weight, before)


def test_a_width_that_is_not_the_files(write):
    with pytest.raises(EncoderError, match="embedding_width=2 allows 2"):
        make_encoder(write(GLOVE), width=2)
