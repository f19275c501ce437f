import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from cinefuse.corpus.poster import ArrayPoster, BytesPoster, FilePoster, PosterError, n_pixels

RED = (250, 20, 30)


def encode(image, image_format, **options):
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return BytesPoster(file.getvalue())


def is_red(pixels):
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    np.testing.assert_allclose(pixels.reshape(-1, 3).mean(axis=0), RED, atol=4)
    return True


def test_rgb_is_scaled_down_and_never_up():
    poster = encode(Image.new("RGB", (100, 300), RED), "PNG")
    assert poster.pixels(150).shape == (150, 50, 3)
    assert poster.pixels(1000).shape == (300, 100, 3)
    assert is_red(poster.pixels(60))


def test_jpeg_scaled_by_its_decoder_looks_the_same_as_scaled_after():
    noise = np.random.default_rng(0).integers(0, 255, (12, 8, 3), dtype=np.uint8)
    poster = encode(Image.fromarray(noise).resize((800, 1200), Image.Resampling.BICUBIC), "JPEG", quality=95)
    small = poster.pixels(150)
    assert small.shape == (150, 100, 3)
    after = np.asarray(Image.fromarray(poster.pixels()).resize((100, 150), Image.Resampling.BICUBIC))
    assert np.abs(small.astype(int) - after).mean() < 3


def test_cmyk_jpeg():
    poster = encode(Image.new("RGB", (20, 30), RED).convert("CMYK"), "JPEG", quality=95)
    assert is_red(poster.pixels(20))


@pytest.mark.parametrize("longest_side", [None, 16])
def test_palette_png_and_gif(longest_side):
    palette = Image.new("RGB", (20, 30), RED).convert("P", palette=Image.Palette.ADAPTIVE)
    assert is_red(encode(palette, "PNG").pixels(longest_side))
    assert is_red(encode(palette, "GIF").pixels(longest_side))


def test_16_bit_grey_is_scaled_not_clipped():
    ramp = np.linspace(0, 65535, 50, dtype=np.uint16).reshape(1, 50).repeat(4, axis=0)
    pixels = encode(Image.fromarray(ramp), "PNG").pixels()
    np.testing.assert_allclose(pixels[0, :, 0], ramp[0] / 257, atol=1)
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_dark_16_bit_grey_stays_dark():
    pixels = encode(Image.fromarray(np.full((4, 4), 200, dtype=np.uint16)), "PNG").pixels()
    assert pixels.max() <= 1


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_and_bilevel(mode):
    pixels = encode(Image.new(mode, (5, 7), 255), "PNG").pixels()
    assert pixels.shape == (7, 5, 3)
    assert (pixels == 255).all()


def test_transparency_lies_on_white():
    image = Image.new("RGBA", (10, 10), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 5))
    pixels = encode(image, "PNG").pixels()
    assert (pixels[:5] == 255).all()
    assert is_red(pixels[5:])


def test_transparent_colour_of_a_palette_lies_on_white():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, *RED])
    image.paste(1, (0, 2, 4, 4))
    pixels = encode(image, "PNG", transparency=0).pixels()
    assert (pixels[:2] == 255).all()
    assert is_red(pixels[2:])


@pytest.mark.parametrize("image_format", ["GIF", "WEBP"])
def test_first_frame_of_an_animation(image_format):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, "blue", "green")]
    poster = encode(frames[0], image_format, save_all=True, append_images=frames[1:], duration=50)
    assert is_red(poster.pixels())


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_exif_orientation_is_applied(image_format):
    image = Image.new("RGB", (60, 40), "white")
    image.paste(RED, (0, 0, 30, 40))  # the left half
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: what is stored left is meant to be on top
    pixels = encode(image, image_format, exif=exif).pixels(60)
    assert pixels.shape == (60, 40, 3)
    assert is_red(pixels[2:26])
    assert pixels[34:].min() > 240


def test_truncated_file():
    whole = encode(Image.effect_noise((200, 300), 80).convert("RGB"), "JPEG").data
    with pytest.raises(PosterError, match=r"poster unreadable: here: .*truncated") as caught:
        BytesPoster(whole[: len(whole) // 2], "here").pixels()
    assert caught.value.reason == "poster unreadable"


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"\x89PNG\r\n\x1a\n", b"P6 3 3 255\n12"])
def test_what_is_no_image(data):
    with pytest.raises(PosterError, match="poster unreadable"):
        BytesPoster(data).pixels()


def header_only_png(width, height):
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    return start + struct.pack(">I", 64) + b"IDAT"


# ours to refuse, Pillow's to warn of, Pillow's to refuse
@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_decompression_bomb_is_refused_before_it_is_decoded(side):
    with pytest.raises(PosterError, match="poster too large") as caught:
        BytesPoster(header_only_png(side, side) + b"\0" * 64).pixels(32)
    assert caught.value.reason == "poster too large"


@pytest.mark.parametrize("image_format", ["ICO", "ICNS", "PPM", "TGA"])
def test_formats_that_no_poster_comes_in_are_not_opened(image_format):
    with pytest.raises(PosterError, match="cannot identify image file; allowed: AVIF, BMP, GIF, JPEG, PNG"):
        encode(Image.new("RGB", (128, 128), RED), image_format).pixels()


def test_a_program_is_not_run():
    program = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"
    with pytest.raises(PosterError, match="cannot identify image file; allowed"):
        BytesPoster(program).pixels()


def test_pixels_are_told_by_the_head_and_may_be_limited():
    data = encode(Image.new("RGB", (100, 30), RED), "PNG").data
    assert n_pixels(data) == 3000
    assert n_pixels(header_only_png(7_000, 7_000) + b"\0" * 64) == 49_000_000
    assert BytesPoster(data, "here", 3_000).pixels().shape == (30, 100, 3)
    with pytest.raises(PosterError, match="here: 100 by 30 pixels; allowed are 2,999 in all"):
        BytesPoster(data, "here", 2_999).pixels()
    with pytest.raises(PosterError, match="poster unreadable"):
        n_pixels(b"nothing")


@pytest.mark.parametrize("mode", ["I", "F"])
@pytest.mark.parametrize(("value", "expected"), [(128, 128), (257 * 200, 200), (70_000, 255), (-5, 0)])
def test_tiff_of_large_numbers(mode, value, expected):
    image = Image.new(mode, (5, 7), value)
    assert (encode(image, "TIFF").pixels() == expected).all()


def test_large_numbers_take_no_more_memory_than_colours():
    poster = encode(Image.new("F", (1_000, 1_000), 70_000), "TIFF")
    poster.pixels(16)
    tracemalloc.start()  # of what Pillow itself holds, it sees nothing
    poster.pixels(16)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 13_000_000


def test_a_jpeg_of_many_scans_is_refused_unread():
    progressive = encode(Image.effect_noise((64, 96), 80), "JPEG", progressive=True).data
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    assert BytesPoster(progressive).pixels().shape == (96, 64, 3)
    assert BytesPoster(progressive[:-2] + scan * 20 + b"\xff\xd9").pixels().shape == (96, 64, 3)
    for hidden in (b"", b"\xff\x05\xff\xff"):  # libjpeg skips what is no marker, and reads on
        with pytest.raises(
            PosterError, match="poster unreadable: bytes: a JPEG of too many scans; allowed: 32"
        ):
            BytesPoster(progressive[:-2] + hidden + scan * 40 + b"\xff\xd9").pixels()
    with pytest.raises(PosterError, match="too many scans"):
        BytesPoster(b"\xff\xd8" + b"\xff\xe0\0\2" * 100_000).pixels()


def test_what_follows_a_jpeg_and_what_its_notes_hold_are_no_scans():
    noise = Image.effect_noise((64, 96), 80)
    with_note = encode(noise, "JPEG", comment=b"\xff\xda" * 1_000).data
    assert BytesPoster(with_note + b"\xff\xda" * 1_000).pixels().shape == (96, 64, 3)
    with_restarts = encode(noise.resize((1600, 1600)), "JPEG", restart_marker_blocks=1).data
    assert BytesPoster(with_restarts).pixels(64).shape == (64, 64, 3)


def test_a_message_does_not_name_memory(monkeypatch):
    def fails(_image, _longest_side):
        raise OSError("cannot read <_io.BytesIO object at 0x7f00> at all")

    monkeypatch.setattr("cinefuse.corpus.poster._read_pixels", fails)
    with pytest.raises(PosterError) as caught:
        encode(Image.new("RGB", (5, 7)), "PNG").pixels()
    assert caught.value.detail == "bytes: cannot read at all"


def test_missing_file(tmp_path):
    with pytest.raises(PosterError, match=r"poster missing: .*gone\.jpeg: No such file") as caught:
        FilePoster(tmp_path / "gone.jpeg").pixels()
    assert caught.value.reason == "poster missing"


def test_file_poster_reads_its_file(tmp_path):
    Image.new("RGB", (10, 12), RED).save(tmp_path / "poster.png")
    assert is_red(FilePoster(tmp_path / "poster.png").pixels())


def test_array_poster():
    array = np.full((40, 20, 3), RED, dtype=np.uint8)
    assert ArrayPoster(array).pixels(40) is array
    assert ArrayPoster(array).pixels(20).shape == (20, 10, 3)


def test_a_long_thin_poster_keeps_at_least_one_pixel():
    assert encode(Image.new("RGB", (1000, 2), RED), "PNG").pixels(50).shape == (1, 50, 3)
