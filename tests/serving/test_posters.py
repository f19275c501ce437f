"""Posters that strangers send."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import BytesPoster
from cinefuse.features.posters import PosterSettings, encode_posters
from cinefuse.inference import Predictor
from cinefuse.serving.app import create_app
from cinefuse.serving.limits import Limits
from cinefuse.serving.posters import UNSEEN_SIDE, USUAL_SIDE, read_poster, side_of
from cinefuse.serving.refusal import Refusal


def header_only_png(width, height):
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    return start + struct.pack(">I", 64) + b"IDAT" + b"\0" * 64


@pytest.fixture
def send(make_fake, ask, base64_of):
    """Sends a poster as JSON and as a form; the two answers."""

    def call(data, limits=None):
        return ask(
            create_app(make_fake(), limits),
            ("POST", "/v1/predict", {"json": {"plot": "drama", "poster": base64_of(data)}}),
            ("POST", "/v1/predict", {"data": {"plot": "drama"}, "files": {"poster": ("p", data)}}),
            ("POST", "/v1/predict", {"json": {"plot": "comedy"}}),  # the next request is served
        )

    return call


def broken(picture):
    whole = picture((300, 400), "JPEG")
    return {
        "zero bytes": b"",
        "truncated": whole[: len(whole) // 2],
        "no image": b"<html>not found</html>",
        "head alone": b"\x89PNG\r\n\x1a\n",
        "tiff of nothing": b"II*\0" + b"\xff" * 200,
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }


@pytest.mark.parametrize(
    "kind", ["zero bytes", "truncated", "no image", "head alone", "tiff of nothing", "svg"]
)
def test_a_poster_that_cannot_be_read_is_said_to_be_so(send, picture, kind):
    *answers, after = send(broken(picture)[kind])
    for answer in answers:
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["code"] == "poster_unreadable"
        assert error["message"].startswith("poster unreadable: poster: ")
        assert "0x" not in error["message"]
    assert after.status_code == 200


@pytest.mark.parametrize("side", [5_001, 8_000, 12_000, 60_000])
def test_a_bomb_is_refused_by_its_head(send, side):
    *answers, after = send(header_only_png(side, side))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "poster_too_large")
    assert after.status_code == 200


def test_a_file_of_too_many_bytes(send):
    *answers, after = send(b"x" * 1001, Limits(poster_bytes=1000))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "poster_too_large")
        assert "1,001 bytes; allowed are 1,000" in answer.json()["error"]["message"]
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("image_format", "mode", "options"),
    [
        ("JPEG", "CMYK", {}),
        ("JPEG", "L", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("TIFF", "CMYK", {}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGBA", {}),
        ("GIF", "P", {"save_all": True, "append_images": [Image.new("RGB", (40, 60), "red")] * 3}),
    ],
)
def test_every_image_that_pillow_reads_is_taken(send, picture, image_format, mode, options):
    for answer in send(picture((40, 60), image_format, mode, **options)):
        assert answer.status_code == 200


def test_sixteen_bits(send, tmp_path):
    path = tmp_path / "grey.png"
    Image.fromarray(np.linspace(0, 65535, 2400, dtype=np.uint16).reshape(60, 40)).save(path)
    assert [answer.status_code for answer in send(path.read_bytes())] == [200] * 3


def test_shrinking_changes_nothing_that_the_model_sees(picture):
    settings = PosterSettings(poster_height=224, poster_width=160)
    for kind in ("JPEG", "PNG"):
        data = picture((1400, 2100), kind)
        shrunk = read_poster(data, 2 * 224, Limits())
        assert max(shrunk.array.shape) == 448
        encoded = encode_posters(
            [Movie("", poster=shrunk), Movie("", poster=BytesPoster(data))], settings, tell=False
        )
        np.testing.assert_array_equal(encoded.pixels[0], encoded.pixels[1])


def test_the_side_is_what_the_model_asks_for(tiny_run, make_fake):
    assert side_of(Predictor.load(tiny_run)) == 2 * 32
    assert side_of(make_fake()) == USUAL_SIDE
    assert side_of(make_fake(reads=("plot",))) == UNSEEN_SIDE


def test_an_exports_side_is_what_it_asks_for(make_fake):
    fake = make_fake()
    fake.record = type("Record", (), {"reading": PosterSettings(poster_height=96, poster_width=64)})()
    assert side_of(fake) == 192


def test_the_message_says_what_was_given_and_what_is_allowed():
    with pytest.raises(Refusal, match="5,001 by 5,000 pixels; allowed are 25,000,000"):
        read_poster(header_only_png(5001, 5000), 64, Limits())
