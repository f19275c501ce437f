"""What is said of an explanation, wherever it is shown."""

from io import StringIO

import pytest
from rich.console import Console

from cinefuse.explanation.telling import (
    answer,
    bars,
    parts,
    pieces,
    place_name,
    question,
    signed,
    strongest,
    strongest_place,
)
from cinefuse.explanation.terminal import show
from cinefuse.results.explanation import PosterPlaces


def changed(explanation, **changes):
    return explanation.model_copy(update=changes)


def test_the_title_asks_what_the_verdict_answers(explanation):
    assert question(explanation) == "Why Horror?"
    assert "0.81, at or above its threshold of 0.45: the film is given" in answer(explanation)
    other = changed(explanation, probability=0.3)
    assert question(other) == "Why not Horror?"
    assert "0.30, below its threshold of 0.45: the film is not given" in answer(other)


def test_numbers_that_look_equal_are_told_apart(explanation):
    assert "0.4499, below its threshold of 0.4500" in answer(changed(explanation, probability=0.4499))


def test_each_modality_is_told_by_what_it_moves(explanation, without_poster):
    assert parts(explanation) == (
        "Shown the plot alone it says 0.74: the poster adds 0.07. "
        "Shown the poster alone it says 0.35: the plot adds 0.46."
    )
    assert [bar.kind for bar in bars(explanation)] == ["text", "vision", "fusion"]
    assert parts(without_poster) == "The model was shown the plot alone."
    assert [bar.label for bar in bars(without_poster)] == ["plot"]
    falling = explanation.modalities.model_copy(update={"both": 0.7, "poster": 0.699})
    assert "the poster takes 0.04 away" in parts(changed(explanation, modalities=falling))
    assert "the plot changes next to nothing" in parts(changed(explanation, modalities=falling))


def test_pieces_are_the_plot_again(explanation, movie):
    found = pieces(movie.plot, explanation.words)
    assert "".join(piece.text for piece in found) == movie.plot
    assert [piece.text for piece in found if piece.strength == 1] == ["blood"]
    assert [piece.text for piece in found if piece.strength and piece.strength < 0] == ["old", "mother"]
    assert all(piece.read for piece in found)


def test_what_was_not_read_is_told(explanation, movie):
    *found, last = pieces(movie.plot + " Then nothing.", explanation.words)
    assert (last.text, last.read) == ("Then nothing.", False)
    assert found[-1].text == "! "
    assert found[-1].read


def test_weak_words_get_weak_colour_even_where_they_are_the_strongest(explanation, movie):
    weak = [word.model_copy(update={"weight": word.weight / 100}) for word in explanation.words]
    assert max(abs(piece.strength or 0) for piece in pieces(movie.plot, weak)) < 0.05
    assert strongest(weak, 5) == ([], [])


def test_the_strongest_words_are_summed_wherever_they_stand(explanation):
    speak_for, against = strongest(explanation.words, 2)
    assert [(word.label, signed(word.weight)) for word in speak_for] == [
        ("blood \u00d72", "+1.30"),
        ("cellar", "+0.60"),
    ]
    assert [word.text for word in against] == ["mother", "old"]


def test_the_strongest_place_is_named(explanation):
    assert strongest_place(explanation) == (
        "At most, covering the upper left lowers the probability by 0.30; "
        "covering the lower right raises the probability by 0.10."
    )
    even = PosterPlaces(rows=1, columns=2, weights=[[0.001, -0.002]])
    assert "No place" in strongest_place(changed(explanation, poster=even))
    rising = PosterPlaces(rows=1, columns=2, weights=[[-0.2, -0.1]])
    told = strongest_place(changed(explanation, poster=rising))
    assert told == "At most, covering the left edge raises the probability by 0.20."


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [
        (0, 0, "upper left"),
        (4, 3, "centre"),
        (4, 5, "right edge"),
        (8, 2, "lower edge"),
        (2, 0, "upper left"),
    ],
)
def test_places_have_names(row, column, name):
    assert place_name(row, column, PosterPlaces(rows=9, columns=6, weights=[])) == name


@pytest.fixture
def printed():
    def show_it(explanation):
        written = StringIO()
        show(explanation, Console(width=100, file=written, color_system=None))
        return written.getvalue()

    return show_it


def test_the_terminal_shows_it_all(printed, explanation):
    text = printed(explanation)
    for told in (
        "probability of 0.81",
        "both",
        "blood \u00d72",
        "+1.30",
        "mother",
        "covering the upper left",
    ):
        assert told in text
    drawn = [line.strip() for line in text.splitlines() if line.startswith("  ")]
    assert drawn == ["██▒▒··", "··--··", "····--"]


def test_the_terminal_takes_words_as_they_are(printed, without_poster):
    bold = without_poster.words[0].model_copy(update={"text": "[bold]x[/bold]", "weight": 2.0})
    text = printed(changed(without_poster, words=[bold]))
    assert "[bold]x[/bold]" in text
    assert "poster" not in text
    assert "no word moves" in printed(
        changed(without_poster, words=[bold.model_copy(update={"weight": 0.0})])
    )
