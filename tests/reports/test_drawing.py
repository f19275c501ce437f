"""Figures come out whole, and the same every time."""

import matplotlib as mpl
import pytest
from PIL import Image

from cinefuse.reports.drawing import capped, drawing, shortened, svg, write_figure
from cinefuse.reports.section import Drawn, Tabled
from cinefuse.reports.sections import SECTIONS
from cinefuse.reports.table import to_csv


def figure_of(text):
    with drawing(4, 3) as figure:
        figure.add_subplot().set_title(text)
    return figure


def test_a_figure_is_a_png_and_an_svg(tmp_path):
    drawn = write_figure(figure_of("Drama"), tmp_path, "one")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "one.svg"]
    assert (tmp_path / "one.svg").read_text(encoding="utf-8") == drawn
    with Image.open(tmp_path / "one.png") as image:
        assert image.size == (800, 600)
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("text", ["\N{CLAPPER BOARD} \u65e5\u672c", "$x^2$", "<b> & \"'"])
def test_a_genre_may_be_called_anything(tmp_path, text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f">{escaped}</text>" in write_figure(figure_of(text), tmp_path, "odd")


def test_the_same_folder_gives_the_same_bytes(make_material):
    def made():
        material = make_material(n_films=40, skills=dict.fromkeys(("bert-text", "late-fusion"), (0.2, 1, 1)))
        blocks = [block for make in SECTIONS if (one := make(material)) for block in one.blocks]
        return {
            block.name + type(block).__name__: svg(block.figure)
            if isinstance(block, Drawn)
            else to_csv(block.table)
            for block in blocks
            if isinstance(block, Drawn | Tabled)
        }

    first, again = made(), made()
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_matplotlib_stays_as_it_was(tmp_path):
    before = dict(mpl.rcParams)
    write_figure(figure_of("Drama"), tmp_path, "one")
    assert dict(mpl.rcParams) == before


def test_names_are_shortened_only_where_they_must():
    assert shortened("Documentary") == "Documentary"
    assert shortened("x" * 28) == "x" * 28
    assert shortened("x" * 29) == "x" * 27 + "\N{HORIZONTAL ELLIPSIS}"
    assert shortened("two\nlines") == "two lines"


def test_what_is_cut_is_said():
    assert capped(40, 40) == []
    assert capped(41, 40) == ["The figure shows 40 of 41 genres; the table goes on."]
