"""The page and the picture: everything is in them, nothing breaks out of them."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from PIL import Image

from cinefuse.errors import StorageError, UserError
from cinefuse.explanation import write_html, write_picture
from cinefuse.explanation.heat import HEAT_AGAINST, HEAT_FOR, heated, rgb
from cinefuse.explanation.page import render
from cinefuse.explanation.paragraph import lay_out
from cinefuse.explanation.picture import draw
from cinefuse.explanation.spans import find_words
from cinefuse.explanation.words import Piece, pieces
from cinefuse.results.explanation import ExplainedWord

HOSTILE = (
    "<script>alert(\"x\")</script> & 'blood' \U0001f469\u200d\U0001f467 Zoe\u0308"
    "\n\n{{ 7 * 7 }} $x_1$ <b>end</b>"
)


def of_plot(explanation, plot):
    words = [
        ExplainedWord(text=plot[start:end], start=start, end=end, weight=(-1) ** place * 0.3 * (place % 4))
        for place, (start, end) in enumerate(find_words(plot))
    ]
    reading = explanation.plot.model_copy(update={"read_to": len(plot)})
    return explanation.model_copy(update={"words": words, "plot": reading})


def shown_plot(page):
    (inner,) = re.findall(r'<p class="read" dir="auto">(.*?)</p>', page, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", inner))


def test_the_page_shows_everything(explanation, titled):
    page = render(explanation, titled)
    for told in (
        "Why Horror?",
        "81\N{NO-BREAK SPACE}%",
        "plot alone",
        "35\N{NO-BREAK SPACE}%",
        "blood \u00d72",
        explanation.sentences.poster,
        "(1999)",
    ):
        assert told in page
    assert page.count("data:image/jpeg;base64,") == 2
    assert "Blood &amp; &lt;b&gt;Bones&lt;/b&gt;" in page
    assert re.search(r'<mark class="for" style="--strength: 46.0%" title="\+0.90">blood</mark>', page)
    assert re.search(r'<mark class="against" [^>]*>mother</mark>', page)


def test_the_page_loads_nothing(explanation, titled):
    page = render(explanation, titled)
    assert not re.findall(r"<(?:script|link|iframe)|@import|https?://|url\((?!#)", page)
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', page))


@pytest.mark.parametrize("plot", [HOSTILE, "  two  blanks, and\ta tab ", "one"])
def test_the_page_escapes_the_plot_and_changes_nothing_in_it(plot, explanation, movie):
    page = render(of_plot(explanation, plot), replace(movie, plot=plot))
    assert shown_plot(page) == plot
    assert "<script" not in page
    assert "<b>end" not in page


def test_a_long_plot_turns_pale_where_the_model_stopped(explanation, movie):
    plot = movie.plot + " And so on & on."
    reading = explanation.plot.model_copy(update={"read_to": len(movie.plot) + 1})
    cut = explanation.model_copy(update={"plot": reading})
    page = render(cut, replace(movie, plot=plot))
    assert shown_plot(page) == plot
    assert '<span class="unread">And so on &amp; on.</span>' in page
    assert "read no further" in page
    assert "read no further" not in render(explanation, movie)


def test_a_film_without_a_poster_gets_a_page_without_one(without_poster, movie):
    page = render(without_poster, replace(movie, poster=None))
    assert "data:image" not in page
    assert "place by place" not in page
    assert "word by word" in page


def test_a_film_without_a_plot_gets_a_page_without_one(explanation, movie):
    alone = explanation.model_copy(update={"words": [], "plot": None})
    page = render(alone, replace(movie, plot=None))
    assert "word by word" not in page
    assert "place by place" in page


def test_the_picture_is_the_same_every_time(explanation, titled, tmp_path):
    for name in ("a.png", "b.png"):
        write_picture(explanation, titled, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == 1800


def test_the_picture_has_the_words_and_bars(explanation, titled):
    figure = draw(explanation, titled)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts.count("blood") == 2
    assert {f"{share}\N{NO-BREAK SPACE}%" for share in (81, 74, 35)} <= set(texts)
    _, meters, words, _ = figure.axes
    labels = [label.get_text() for axes in (meters, words) for label in axes.get_yticklabels()]
    assert labels == [
        *["both", "plot alone", "poster alone"],
        *["blood \u00d72", "cellar", "old", "mother"],
    ]
    assert "Why Horror?  Blood & <b>Bones</b> (1999)" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("plot", [HOSTILE, "x" * 400, "cellar " * 900, "\u6771\u4eac" * 150])
def test_any_plot_can_be_drawn(plot, explanation, movie, tmp_path):
    write_picture(of_plot(explanation, plot), replace(movie, plot=plot), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.height < 4_000


def test_pictures_of_one_part_alone(explanation, without_poster, movie):
    assert not [axes for axes in draw(without_poster, replace(movie, poster=None)).axes if axes.images]
    only_poster = draw(explanation.model_copy(update={"words": [], "plot": None}), replace(movie, plot=None))
    assert len(only_poster.axes) == 2  # poster and bars


@pytest.mark.parametrize("write", [write_html, write_picture])
def test_a_disk_that_says_no_is_told(write, explanation, movie, tmp_path):
    with pytest.raises(StorageError, match=r"nowhere.*cannot be written"):
        write(explanation, movie, tmp_path / "nowhere" / "file.png")


def test_lines_are_full_and_no_wider(explanation, movie):
    found = lay_out(pieces(movie.plot, explanation), len, 16)
    lines = ["".join(placed.text for placed in line) for line in found]
    assert "".join(lines) == movie.plot.replace(" ", "")
    for line in found:
        assert line[0].left == 0
        assert line[-1].left + line[-1].width <= 16
    # a sign stays with its word, a blank is as wide as it is measured
    assert [(placed.text, placed.left) for placed in found[0]] == [("The", 0), ("old", 4), ("mother", 8)]
    assert [(placed.text, placed.left) for placed in found[1]] == [
        ("writes", 0),
        (":", 6),
        ("blood", 8),
        (",", 13),
    ]


def test_what_has_no_blanks_is_cut():
    (first, second) = lay_out([Piece("abcdefgh")], len, 5)
    assert (first[0].text, second[0].text) == ("abcde", "fgh")


def test_heat_is_where_the_weight_is(explanation):
    grey = np.full((300, 200, 3), 128, dtype=np.uint8)
    heat = heated(grey, explanation.poster).astype(float)
    height, width, _ = heat.shape
    assert height / width == pytest.approx(1.5, rel=0.01)
    middle = heat[height // 6 : height // 6 + 3, width // 2 : width // 2 + 3].mean(axis=(0, 1))
    corner, other = heat[10, 10], heat[-10, -10]
    # blue where it speaks for the genre, orange where it speaks against it; between them about grey
    assert corner[2] - corner[0] > 100
    assert other[0] - other[2] > 10
    assert np.ptp(heat[height // 2, 5]) < 25
    assert corner[2] > middle[2] > 0
    assert rgb(HEAT_FOR)[2] > rgb(HEAT_FOR)[0]
    assert rgb(HEAT_AGAINST)[0] > rgb(HEAT_AGAINST)[2]


@pytest.mark.parametrize(("name", "begins"), [("a.PNG", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_a_picture_is_what_its_name_says(name, begins, explanation, titled, tmp_path):
    write_picture(explanation, titled, tmp_path / name)
    found = (tmp_path / name).read_bytes()
    assert found.startswith(begins)
    write_picture(explanation, titled, tmp_path / name)
    assert (tmp_path / name).read_bytes() == found


def test_other_pictures_are_not_written(explanation, titled, tmp_path):
    with pytest.raises(UserError, match=r"a\.jpg: .*\.png, \.svg, \.pdf"):
        write_picture(explanation, titled, tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


def test_each_bar_is_read_out_with_its_own_threshold(explanation, without_poster, titled):
    page = render(explanation, titled).replace("\N{NO-BREAK SPACE}", " ")
    assert re.findall(r'aria-label="([^"]*)"', page) == [
        "both: 81 %, threshold 45 %",
        "plot alone: 74 %, threshold 40 %",
        "poster alone: 35 %, threshold 50 %",
    ]
    assert re.search(r'aria-label="plot: 81.%, threshold 45.%"', render(without_poster, titled))


def test_the_page_frames_the_covers(explanation, titled):
    page = render(explanation, titled)
    assert '<b class="for" style="top: 0.0%; left: 0.0%; height: 50.0%; width: 50.0%">' in page
    assert '<b class="against" style="top: 50.0%; left: 50.0%; height: 50.0%; width: 50.0%">' in page


def test_the_page_has_the_notes(explanation, changed, titled):
    noted = changed(plot=explanation.plot.model_copy(update={"unknown": 6}))
    assert f'<p class="note">{noted.sentences.notes[0]}</p>' in render(noted, titled)
    assert 'class="note"' not in render(explanation, titled)
