"""Posters that strangers send."""

import io
import struct
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from cinefuse.corpus.movie import Movie
from cinefuse.corpus.poster import BytesPoster
from cinefuse.features.posters import PosterSettings, encode_posters
from cinefuse.inference import Predictor
from cinefuse.serving.app import create_app
from cinefuse.serving.batching import ALWAYS_TAKEN, Batcher
from cinefuse.serving.limits import Limits
from cinefuse.serving.posters import UNSEEN_SIDE, USUAL_SIDE, read_poster, side_of
from cinefuse.serving.reading import Readers
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
        assert error["message"].startswith("poster: ")
        assert error["message"].count("poster") == 1
        assert "BytesIO" not in error["message"]
    assert after.status_code == 200


def png(side):
    file = io.BytesIO()
    Image.new("RGBA", (side, side)).save(file, "PNG")
    return file.getvalue()


def icon(side):
    """An ICO whose head says 64 by 64."""
    inside = png(side)
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 64, 64, 0, 0, 1, 32, len(inside), 22) + inside


def mac_icon(side):
    """An ICNS whose head says 128 by 128."""
    inside = png(side)
    return struct.pack(">4sI4sI", b"icns", 16 + len(inside), b"ic07", 8 + len(inside)) + inside


PROGRAM = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


@pytest.mark.parametrize("data", [icon(200), mac_icon(128), icon(64), PROGRAM])
def test_formats_that_are_no_posters_are_not_opened(send, data, monkeypatch):
    opened = []
    for kind in ("ICO", "ICNS", "EPS"):
        Image.init()
        monkeypatch.setitem(Image.OPEN, kind, (lambda *_: opened.append(1), None))
    *answers, after = send(data, Limits(poster_pixels=10_000))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "poster_unreadable")
        assert "allowed: AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP" in answer.json()["error"]["message"]
    assert after.status_code == 200
    assert opened == []


def test_a_jpeg_of_a_thousand_scans_is_refused_and_one_of_ten_is_not(send, picture):
    progressive = picture((30, 40), "JPEG", progressive=True)
    last = progressive[progressive.rindex(b"\xff\xda") : -2]
    for answer in send(progressive):
        assert answer.status_code == 200
    *answers, after = send(progressive[:-2] + last * 1000 + b"\xff\xd9")
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "poster_unreadable")
        assert answer.json()["error"]["message"] == "poster: a JPEG of too many scans; allowed: 32"
    assert after.status_code == 200


def test_posters_that_wait_to_be_read_count_as_time(make_fake):
    release = threading.Event()
    readers = Readers(2)
    assert readers.seconds_ahead == 0
    readers.submit(lambda: time.sleep(0.2)).result(10)
    reading = [readers.submit(release.wait) for _ in range(20)]
    assert readers.seconds_ahead > 0.2 * 0.2 * 20 / 2 * 0.9  # a fifth of the first one's 0.2 s
    batcher = Batcher(make_fake(), Limits(queue_seconds=0.1), None, lambda: readers.seconds_ahead)
    with batcher.admit(ALWAYS_TAKEN), pytest.raises(Refusal) as caught:
        batcher.check_room()
    assert caught.value.code == "busy"
    for one in reading[5:]:
        one.cancel()
    release.set()
    readers.submit(int).result(10)
    readers.close()
    deadline = time.monotonic() + 10
    while readers.seconds_ahead:
        assert time.monotonic() < deadline


def test_posters_of_a_batch_have_so_many_pixels_in_all(make_fake, ask, picture, base64_of):
    film = {"plot": "drama", "poster": base64_of(picture((100, 100)))}
    app = create_app(make_fake(), Limits(poster_pixels=10_000, batch_pixels=30_000))

    def batch(n):
        return "POST", "/v1/predict/batch", {"json": {"films": [film] * n}}

    taken, refused = ask(app, batch(3), batch(4))
    assert taken.status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "posters_too_large")
    assert "40,000 pixels in all; allowed are 30,000" in refused.json()["error"]["message"]


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
