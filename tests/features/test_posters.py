"""Posters to one tensor, whatever their size; what cannot be read is counted."""

import io

import numpy as np
import pytest
from PIL import Image

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import ArrayPoster, BytesPoster, FilePoster, PosterError
from cinefuse.corpus.record import Corpus
from cinefuse.corpus.store import write_store
from cinefuse.features.posters import PosterSettings, encode_posters

SIZE = PosterSettings(poster_height=24, poster_width=16)


def plain(height, width, colour=(200, 100, 50)):
    return ArrayPoster(np.full((height, width, 3), colour, dtype=np.uint8))


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("height", "width"), [(24, 16), (1, 1), (500, 3), (3, 500), (25, 17), (2000, 1300)])
def test_any_size_becomes_the_one_asked_for(height, width):
    encoded = encode_posters([Movie("a", poster=plain(height, width))], SIZE)
    assert encoded.pixels.shape == (1, 3, 24, 16)
    assert encoded.pixels.dtype == np.uint8
    assert encoded.pixels[0].min((1, 2)).tolist() == [200, 100, 50]
    assert encoded.pixels[0].max((1, 2)).tolist() == [200, 100, 50]
    assert encoded.present == [True]
    assert encoded.absent == {}


def test_a_poster_of_that_size_is_taken_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 3), dtype=np.uint8)
    encoded = encode_posters([Movie("a", poster=ArrayPoster(pixels))], SIZE)
    assert np.array_equal(encoded.pixels[0], pixels.transpose(2, 0, 1))


def test_above_stays_above_and_left_stays_left():
    pixels = np.zeros((48, 32, 3), dtype=np.uint8)
    pixels[:24, :16] = 255
    seen = encode_posters([Movie("a", poster=ArrayPoster(pixels))], SIZE).pixels[0, 0] / 255
    assert seen[:10, :6].min() > 0.9
    assert seen[14:].max() < 0.1
    assert seen[:, 10:].max() < 0.1


def test_what_cannot_be_read_is_absent_zero_and_counted_by_reason(tmp_path):
    (tmp_path / "text.jpeg").write_text("no image")
    whole = png(np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8))
    movies = [
        Movie("none"),
        Movie("whole", poster=BytesPoster(whole)),
        Movie("text", poster=FilePoster(tmp_path / "text.jpeg")),
        Movie("cut", poster=BytesPoster(whole[: len(whole) // 2])),
        Movie("gone", poster=FilePoster(tmp_path / "gone.jpeg")),
    ]
    encoded = encode_posters(movies, SIZE)
    assert encoded.present == [False, True, False, False, False]
    assert encoded.absent == {"poster missing": 2, "poster unreadable": 2}
    for index, present in enumerate(encoded.present):
        assert bool(encoded.pixels[index].any()) == present


def test_a_bomb_is_counted_as_too_large():
    class Bomb:
        def pixels(self, longest_side=None):
            raise PosterError("poster too large", f"more than {longest_side}")

    assert encode_posters([Movie("a", poster=Bomb())], SIZE).absent == {"poster too large": 1}


def test_read_only_pixels_of_a_store_become_ours(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 3), dtype=np.uint8)
    movies = [Movie("a", "A plot.", ArrayPoster(pixels), ("Drama",))]
    corpus = write_store(Corpus("tiny", ("Drama",), {"train": movies}, "longest", "own"), tmp_path / "store")
    stored = corpus.split("train")[0]
    assert not stored.poster.pixels().flags.writeable
    encoded = encode_posters([stored], SIZE)
    assert np.array_equal(encoded.pixels[0], pixels.transpose(2, 0, 1))
    encoded.pixels[:] += 1  # ours to write
    assert np.array_equal(stored.poster.pixels(), pixels)


def test_no_movies():
    assert encode_posters([], SIZE).pixels.shape == (0, 3, 24, 16)
