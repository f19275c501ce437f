"""Figures say what the records say, and come out the same every time."""

import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from PIL import Image

from cinefuse.reports.figures import genre_figure, interval_figure, svg, write_figures
from cinefuse.reports.palette import LIGHT
from cinefuse.reports.tables import UNDEFINED
from cinefuse.results import Comparison


def texts(drawing):
    return [
        "".join(element.itertext())
        for element in ET.fromstring(drawing).iter(  # noqa: S314 -- our own drawing
            "{http://www.w3.org/2000/svg}text"
        )
    ]


@pytest.fixture(scope="module")
def drawn(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    return folder, write_figures(comparison, folder)


def test_each_figure_is_a_png_and_an_svg(drawn):
    folder, drawings = drawn
    assert sorted(path.name for path in folder.iterdir()) == [
        "macro_f1.png",
        "macro_f1.svg",
        "per_genre_f1.png",
        "per_genre_f1.svg",
    ]
    assert set(drawings) == {"macro_f1", "per_genre_f1"}
    for path in folder.glob("*.png"):
        with Image.open(path) as image:
            assert min(image.size) > 500
            assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_every_model_is_there_with_its_value_and_interval(drawn, comparison):
    shown = texts(drawn[1]["macro_f1"])
    for result in comparison.models:
        low, high = result.intervals["f1_macro"]
        assert result.model in shown
        assert f"{100 * result.metrics['f1_macro']:.1f}" in shown
        assert f"{100 * low:.1f} to {100 * high:.1f}" in shown
    assert {"text", "vision", "fusion"} <= set(shown)


def test_every_genre_is_there_with_its_score_and_support(drawn, comparison):
    shown = texts(drawn[1]["per_genre_f1"])
    for genre, scores in comparison.models[0].per_genre.items():
        assert genre in shown
        assert str(scores.support) in shown
        if scores.f1 is not None:
            assert f"{100 * scores.f1:.1f}" in shown


def test_the_same_comparison_gives_the_same_bytes(drawn, comparison, tmp_path):
    write_figures(comparison, tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (drawn[0] / path.name).read_bytes(), path.name


def test_kinds_differ_in_colour(comparison):
    drawing = svg(interval_figure(comparison))
    assert all(LIGHT[kind] in drawing for kind in ("text", "vision", "fusion"))


def test_what_is_undefined_is_drawn_as_a_dash(comparison):
    nothing = [
        result.model_copy(
            update={
                "metrics": result.metrics | {"f1_macro": None},
                "intervals": {},
                "per_genre": {
                    genre: scores.model_copy(update={"f1": None})
                    for genre, scores in result.per_genre.items()
                },
            }
        )
        for result in comparison.models
    ]
    empty = Comparison(corpus=comparison.corpus, models=nothing)
    assert texts(svg(interval_figure(empty))).count(UNDEFINED) == 7
    assert texts(svg(genre_figure(empty))).count(UNDEFINED) == 7 * 21


def test_seeds_are_drawn_and_explained(three_seeds):
    shown = texts(svg(interval_figure(three_seeds[0])))
    assert "one seed" in shown
    assert sum("±" in text for text in shown) == 7


def test_one_model_can_be_drawn(comparison):
    alone = Comparison(corpus=comparison.corpus, models=comparison.models[:1])
    assert comparison.models[0].model in texts(svg(interval_figure(alone)))
    assert "Drama" in texts(svg(genre_figure(alone)))


def test_a_name_is_never_read_as_mathematics(comparison):
    models = [result.model_copy(update={"model": "$x^2$-text"}) for result in comparison.models[:1]]
    odd = Comparison(corpus=comparison.corpus, models=models)
    assert "$x^2$-text" in texts(svg(interval_figure(odd)))


def test_matplotlib_stays_as_it_was(comparison, tmp_path):
    before = dict(mpl.rcParams)
    write_figures(comparison, tmp_path)
    assert dict(mpl.rcParams) == before
