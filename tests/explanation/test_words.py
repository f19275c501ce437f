"""The words that are named and painted: one rule for whatever shows them."""

from cinefuse.explanation.wording import signed
from cinefuse.explanation.words import MOST_WORDS, full_weight, pieces, strongest
from cinefuse.results.explanation import ExplainedWord


def test_pieces_are_the_plot_again(explanation, movie):
    found = pieces(movie.plot, explanation)
    assert "".join(piece.text for piece in found) == movie.plot
    assert [piece.text for piece in found if piece.strength == 1] == ["blood"]
    assert [piece.text for piece in found if piece.strength and piece.strength < 0] == ["old", "mother"]
    assert [(piece.strength, piece.weight) for piece in found if piece.text == "writes"] == [(None, 0.01)]
    assert all(piece.read for piece in found)


def test_what_was_not_read_is_told(explanation, movie):
    reading = explanation.plot.model_copy(update={"read_to": len(movie.plot) + 1})
    cut = explanation.model_copy(update={"plot": reading})
    *found, last = pieces(movie.plot + " Then nothing.", cut)
    assert (last.text, last.read) == ("Then nothing.", False)
    assert (found[-1].text, found[-1].read) == ("! ", True)


def test_weak_words_get_weak_colour_even_where_they_are_the_strongest(explanation):
    weak = [word.model_copy(update={"weight": word.weight / 100}) for word in explanation.words]
    assert full_weight(weak) > 20 * max(abs(word.weight) for word in weak)
    assert strongest(weak) == ([], [])


def test_the_strongest_words_are_summed_wherever_they_stand(explanation):
    speak_for, against = strongest(explanation.words)
    assert [(word.label, signed(word.weight)) for word in speak_for] == [
        ("blood \u00d72", "+1.30"),
        ("cellar", "+0.60"),
    ]
    assert [word.text for word in against] == ["mother", "old"]


def test_so_many_are_listed_and_no_more():
    words = [ExplainedWord(text=letter, start=0, end=1, weight=-1.0) for letter in "abcdefghijkl"]
    assert [word.text for word in strongest(words)[1]] == [*"abcdefghijkl"][:MOST_WORDS]
